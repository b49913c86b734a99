# Everything the project takes from Debian; the packages are listed in
# deploy/install-dependencies.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(RocksDB REQUIRED)
find_package(gRPC REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
# What is installed has RocksDB inside: its calls of itself then do not go through the
# table of a shared library, which is a tenth of folding and reading. Tests link faster
# without.
add_library(rocksdb::rocksdb INTERFACE IMPORTED)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_link_libraries(rocksdb::rocksdb INTERFACE RocksDB::rocksdb)
else()
  target_link_libraries(rocksdb::rocksdb INTERFACE RocksDB::rocksdb-shared)
endif()

# What is installed takes its memory from tcmalloc: gRPC takes many small pieces on one
# thread and gives them back on another, which is a tenth of a call with the C library's
# own. Where it is not installed that one does.
add_library(poolcirkel_allocator INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  find_library(TCMALLOC_LIBRARY NAMES tcmalloc_minimal libtcmalloc_minimal.so.4)
  if(TCMALLOC_LIBRARY)
    # Nothing names it, so a linker that drops what is not needed would drop it.
    target_link_libraries(poolcirkel_allocator INTERFACE
      -Wl,--push-state,--no-as-needed ${TCMALLOC_LIBRARY} -Wl,--pop-state)
  endif()
endif()

# xxHash's package has no CMake file.
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_library(XXHASH_LIBRARY xxhash REQUIRED)
add_library(xxhash::xxhash INTERFACE IMPORTED)
target_include_directories(xxhash::xxhash INTERFACE ${XXHASH_INCLUDE_DIR})
target_link_libraries(xxhash::xxhash INTERFACE ${XXHASH_LIBRARY})

find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

# GTest's own targets are named differently by its packages.
if(NOT TARGET GTest::gmock_main)
  message(FATAL_ERROR "GoogleTest was found without GoogleMock: install libgmock-dev")
endif()
