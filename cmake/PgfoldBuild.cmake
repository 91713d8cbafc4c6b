# Compiler settings and the functions that every folder uses to declare itself.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

find_package(Threads REQUIRED)

add_library(pgfold_warnings INTERFACE)
target_compile_options(pgfold_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-restrict>)
option(PGFOLD_WERROR "Treat warnings as errors" ON)
if(PGFOLD_WERROR)
  target_compile_options(pgfold_warnings INTERFACE -Werror)
endif()

set(PGFOLD_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, e.g. address,undefined")
if(PGFOLD_SANITIZE)
  # Without no-sanitize-recover UBSan only prints, and a test that hits it still passes.
  # Line tables are all that a report needs of the debug information, and much quicker made.
  add_compile_options(-fsanitize=${PGFOLD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${PGFOLD_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Between sanitizers' calls gcc 12 loses sight of Asio's aligned_alloc in coroutine frames.
    add_compile_options(-Wno-mismatched-new-delete)
  endif()
  if(PGFOLD_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's headers use fences, which gcc's ThreadSanitizer does not follow and says so.
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(PGFOLD_FUZZERS)
  # Coverage feedback from the libraries too; tests/fuzz links libFuzzer's own main.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# pgfold_library(NAME FOLDER SOURCES ... [LINK ...])
#
# Declares the static library of one folder. Headers are included by their path from the root of
# the repository, but each target exposes only its own folder, through a directory of links: an
# include of a folder that is not linked does not compile.
function(pgfold_library name folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  set(root "${CMAKE_BINARY_DIR}/include/${name}")
  get_filename_component(parent "${root}/${folder}" DIRECTORY)
  file(MAKE_DIRECTORY "${parent}")
  file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${folder}" "${root}/${folder}" SYMBOLIC)
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC "${root}")
    target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE pgfold_warnings ${ARG_PRIVATE_LINK})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE "${root}")
    target_link_libraries(${name} INTERFACE ${ARG_LINK})
  endif()
endfunction()

# pgfold_test(NAME SOURCES ... LINK ...): a GoogleTest executable whose cases ctest knows by name.
# LABELS defaults to "unit"; the target LABEL_tests builds all executables of a label.
function(pgfold_test name)
  cmake_parse_arguments(ARG "" "LABELS" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gmock GTest::gtest_main pgfold_warnings)
  target_compile_definitions(${name} PRIVATE PGFOLD_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(PGFOLD_SANITIZE)
    # Optimizing the tests themselves takes longer than running them as they are.
    target_compile_options(${name} PRIVATE -O0)
  endif()
  foreach(label IN LISTS ARG_LABELS)
    if(NOT TARGET ${label}_tests)
      add_custom_target(${label}_tests)
    endif()
    add_dependencies(${label}_tests ${name})
  endforeach()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABELS} TIMEOUT 300)
endfunction()
