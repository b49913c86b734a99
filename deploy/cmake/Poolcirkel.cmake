# Build rules of the project: folder = target = namespace.
#
#   poolcirkel_library(DEPENDS eventstore_base absl::status)
#
# makes the library of the folder it is called in from all its *.cc files. The
# target is the folder's path with underscores (eventstore/log ->
# eventstore_log). Everything a library uses stands in DEPENDS; each library is
# also linked alone (tests/architecture), so a missing entry fails the build.

# Targets that collect others:
#
#   libraries   every library of the project, without programs and tests
#   tests       every test program that this build runs, and what it needs

set(POOLCIRKEL_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address,undefined")
option(POOLCIRKEL_FUZZ "Let libFuzzer see which branches are taken; builds its program" OFF)
option(POOLCIRKEL_SYNTAX_ONLY "Only let the compiler look: no objects, nothing can be linked" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Build folders stand at build/<preset>, so that relative paths are equal in
  # all of them and a cache filled by one preset serves a fresh build folder.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=time_macros,pch_defines ${CCACHE_PROGRAM})
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
if(POOLCIRKEL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(POOLCIRKEL_SANITIZE MATCHES "thread")
  # Protobuf's map fields get another member when this macro is there, and so another
  # layout than Debian's library has. The standard library still has to know.
  add_compile_options(-U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
endif()

if(POOLCIRKEL_SYNTAX_ONLY)
  # The files that ninja waits for are made empty: a clean check costs no code
  # generation, a second one looks only at what changed.
  set(CMAKE_CXX_COMPILE_OBJECT
      "<CMAKE_CXX_COMPILER> <DEFINES> <INCLUDES> <FLAGS> -fsyntax-only <SOURCE>"
      "${CMAKE_COMMAND} -E touch <OBJECT>")
  set(CMAKE_CXX_ARCHIVE_CREATE "${CMAKE_COMMAND} -E touch <TARGET>")
  set(CMAKE_CXX_ARCHIVE_FINISH "")
endif()

# Nine tenths of the time of most files goes into the same headers of others, so these
# are compiled once for each build: for plain code, for what touches gRPC, and for the
# tests of both. The clang preset goes without, so that a missing include shows.
option(POOLCIRKEL_PRECOMPILE "Compile the headers of others once" ON)
add_compile_options(-pthread)

function(poolcirkel_precompile name)
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.cc.new "")
  file(COPY_FILE ${CMAKE_BINARY_DIR}/${name}.cc.new ${CMAKE_BINARY_DIR}/${name}.cc ONLY_IF_DIFFERENT)
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE poolcirkel_warnings)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

if(POOLCIRKEL_PRECOMPILE)
  set(plain <algorithm> <array> <atomic> <chrono> <cstdint> <filesystem> <functional> <map> <memory>
    <mutex> <optional> <set> <sstream> <string> <string_view> <thread> <utility> <variant> <vector>
    <absl/container/flat_hash_map.h> <absl/status/status.h> <absl/status/statusor.h>
    <absl/strings/cord.h> <absl/strings/str_cat.h> <absl/strings/str_format.h>
    <absl/time/civil_time.h> <absl/time/clock.h> <absl/time/time.h>
    <google/protobuf/any.pb.h> <google/protobuf/duration.pb.h> <google/protobuf/message.h>
    <google/protobuf/generated_message_reflection.h> <google/protobuf/map_field.h>
    <google/protobuf/repeated_field.h> <google/protobuf/unknown_field_set.h>)
  set(grpc <grpcpp/grpcpp.h> <grpcpp/impl/codegen/client_callback.h>
    <grpcpp/impl/codegen/server_callback_handlers.h> <grpcpp/impl/codegen/stub_options.h>)
  set(test <gmock/gmock.h> <gtest/gtest.h>)
  poolcirkel_precompile(poolcirkel_headers ${plain})
  poolcirkel_precompile(poolcirkel_grpc_headers ${plain} ${grpc})
  poolcirkel_precompile(poolcirkel_test_headers ${plain} ${test})
  poolcirkel_precompile(poolcirkel_grpc_test_headers ${plain} ${grpc} ${test})
  # Its macros must be those of the code that shares it.
  target_link_libraries(poolcirkel_test_headers PRIVATE GTest::gmock)
  target_link_libraries(poolcirkel_grpc_test_headers PRIVATE GTest::gmock)
endif()

# poolcirkel_reuse_headers(target [TEST] [GRPC])
function(poolcirkel_reuse_headers target)
  cmake_parse_arguments(ARG "TEST;GRPC" "" "" ${ARGN})
  if(NOT POOLCIRKEL_PRECOMPILE)
    return()
  endif()
  set(headers poolcirkel)
  if(ARG_GRPC)
    string(APPEND headers _grpc)
  endif()
  if(ARG_TEST)
    string(APPEND headers _test)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${headers}_headers)
endfunction()

# Sets `out` to GRPC when one of the libraries is gRPC or generated for it.
function(poolcirkel_uses_grpc out)
  set(${out} "" PARENT_SCOPE)
  if("${ARGN}" MATCHES "gRPC::|_grpc|services_rpc|services_api|services_peer|services_cli|services_node|scenarios")
    set(${out} GRPC PARENT_SCOPE)
  endif()
endfunction()

add_custom_target(libraries)
add_custom_target(tests)

# One ctest run can hold the tests of several builds, so each has its own names.
set(POOLCIRKEL_TEST_PREFIX "")
if(POOLCIRKEL_SANITIZE MATCHES "address")
  set(POOLCIRKEL_TEST_PREFIX "asan.")
elseif(POOLCIRKEL_SANITIZE MATCHES "thread")
  set(POOLCIRKEL_TEST_PREFIX "tsan.")
endif()

# Whether this build runs tests with these labels: under a sanitizer none that
# say no-asan, under the thread sanitizer none that touch gRPC.
function(poolcirkel_runs_labels out)
  set(runs TRUE)
  if(POOLCIRKEL_SANITIZE AND "no-asan" IN_LIST ARGN)
    set(runs FALSE)
  endif()
  if(POOLCIRKEL_SANITIZE MATCHES "thread" AND "grpc" IN_LIST ARGN)
    set(runs FALSE)
  endif()
  set(${out} ${runs} PARENT_SCOPE)
endfunction()

function(poolcirkel_target_name out)
  file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" name ${path})
  set(${out} ${name} PARENT_SCOPE)
endfunction()

# What a generator wrote is not searched for our mistakes: that would be most of
# the time of a build with sanitizers.
function(poolcirkel_generated_code target)
  if(POOLCIRKEL_SANITIZE)
    target_compile_options(${target} PRIVATE -fno-sanitize=all)
  endif()
endfunction()

function(poolcirkel_library)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  poolcirkel_target_name(name)
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE poolcirkel_warnings)
    poolcirkel_uses_grpc(grpc ${ARG_DEPENDS})
    poolcirkel_reuse_headers(${name} ${grpc})
    set_property(GLOBAL APPEND PROPERTY POOLCIRKEL_LIBRARIES ${name})
    add_dependencies(libraries ${name})
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
  target_link_libraries(${program} PRIVATE ${ARG_DEPENDS} poolcirkel_allocator poolcirkel_warnings)
  poolcirkel_uses_grpc(grpc ${ARG_DEPENDS})
  poolcirkel_reuse_headers(${program} ${grpc})
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# The tests of the folder it is called in: one program from all its *_test.cc
# files and helpers, one ctest entry with the target's name.
#   LABELS  slow     left out of the plain ./tests/run
#           grpc     touches gRPC: not run under the thread sanitizer
#           no-asan  not run under any sanitizer
#   TIMEOUT seconds  900 when not given: ends what hangs, on a machine three times slower too
function(poolcirkel_tests)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPENDS;LABELS" ${ARGN})
  poolcirkel_target_name(name)
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  poolcirkel_runs_labels(runs ${ARG_LABELS})
  if(NOT sources OR NOT runs)
    return()
  endif()
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock_main poolcirkel_warnings)
  poolcirkel_uses_grpc(grpc ${ARG_DEPENDS})
  poolcirkel_reuse_headers(${name} TEST ${grpc})
  set_property(GLOBAL APPEND PROPERTY POOLCIRKEL_TESTS ${name})
  add_dependencies(tests ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 900)
  endif()
  add_test(NAME ${POOLCIRKEL_TEST_PREFIX}${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  # A folder of its own for testing::TempDir(): the same test of another build runs beside it.
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/temporary")
  file(MAKE_DIRECTORY "${folder}")
  set(environment "TEST_TMPDIR=${folder}"
    "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.suppressions")
  # What they excuse hangs on gRPC's threads; other tests are excused nothing.
  if(grpc OR "grpc" IN_LIST ARG_LABELS)
    list(APPEND environment "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.suppressions:print_suppressions=0")
  endif()
  set_tests_properties(${POOLCIRKEL_TEST_PREFIX}${name} PROPERTIES
    TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}" ENVIRONMENT "${environment}")
endfunction()

# A check that is a script and not a program of this build; runs from the source
# folder, once, so not in the builds with sanitizers.
#   poolcirkel_script_test(check)   # the script tests/x/check, as tests_x_check
function(poolcirkel_script_test script)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABELS" ${ARGN})
  if(POOLCIRKEL_SANITIZE)
    return()
  endif()
  poolcirkel_target_name(name)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 900)
  endif()
  add_test(NAME ${name}_${script} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/${script}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name}_${script} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
