# Build rules of the project: folder = target = namespace.
#
#   poolcirkel_library(DEPENDS eventstore_base absl::status)
#
# makes the library of the folder it is called in from all its *.cc files. The
# target is the folder's path with underscores (eventstore/log ->
# eventstore_log). Everything a library uses stands in DEPENDS; each library is
# also linked alone (tests/architecture), so a missing entry fails the build.

set(POOLCIRKEL_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address,undefined")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Build folders stand at build/<preset>, so that relative paths are equal in
  # all of them and a cache filled by one preset serves a fresh build folder.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=time_macros ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

add_library(poolcirkel_warnings INTERFACE)
target_compile_options(poolcirkel_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wunused -Wnull-dereference -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these inside the standard library (bugs 105329, 107852).
  target_compile_options(poolcirkel_warnings INTERFACE
    -Wno-restrict -Wno-null-dereference -Wno-array-bounds -Wno-stringop-overflow)
else()
  target_compile_options(poolcirkel_warnings INTERFACE -Wthread-safety)
endif()

if(POOLCIRKEL_SANITIZE)
  add_compile_options(-fsanitize=${POOLCIRKEL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${POOLCIRKEL_SANITIZE})
endif()

function(poolcirkel_target_name out)
  file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" name ${path})
  set(${out} ${name} PARENT_SCOPE)
endfunction()

function(poolcirkel_library)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  poolcirkel_target_name(name)
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE poolcirkel_warnings)
    set_property(GLOBAL APPEND PROPERTY POOLCIRKEL_LIBRARIES ${name})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_DEPENDS})
  endif()
endfunction()

# One program of the folder it is called in, from all its *.cc files.
function(poolcirkel_program program)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  add_executable(${program} ${sources})
  target_link_libraries(${program} PRIVATE ${ARG_DEPENDS} poolcirkel_warnings)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# The tests of the folder it is called in: one program from all its *_test.cc
# files and helpers, one ctest entry for each gtest case's suite.
#   LABELS  "slow" leaves it out of the plain ./tests/run
function(poolcirkel_tests)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPENDS;LABELS" ${ARGN})
  poolcirkel_target_name(name)
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock_main poolcirkel_warnings)
  set_property(GLOBAL APPEND PROPERTY POOLCIRKEL_TESTS ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
