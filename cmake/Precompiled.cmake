# What nearly every file includes, parsed once: half the time of a build. It is a matter of speed alone; every file includes what it uses
# (BONAFIDE_PRECOMPILE=OFF builds without).
option(BONAFIDE_PRECOMPILE "Use precompiled headers" ON)

set(standard_headers <algorithm> <array> <chrono> <cstdint> <expected> <functional> <map> <memory> <optional> <ranges> <span> <string>
    <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)

# NAME: an object library that holds nothing but the headers, for targets whose flags are the same.
function(bonafide_precompiled name)
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(${name} PRIVATE fmt::fmt Threads::Threads)
  target_precompile_headers(${name} PRIVATE ${standard_headers} ${ARGN})
  # What ccache takes in place of the precompiled header, whose bytes hold the folder's name.
  string(SHA256 sum "${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${BONAFIDE_SANITIZE} ${standard_headers} ${ARGN}")
  file(WRITE ${CMAKE_BINARY_DIR}/CMakeFiles/${name}.dir/cmake_pch.hxx.pch.sum "${sum}")
endfunction()

function(bonafide_precompile target name)
  if(BONAFIDE_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

if(BONAFIDE_PRECOMPILE)
  # For ccache: a precompiled header that was made again is the same.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  set(CMAKE_PCH_INSTANTIATE_TEMPLATES ON)
  bonafide_precompiled(bonafide_common)
  if(BONAFIDE_TESTS)
    bonafide_precompiled(bonafide_test_common <gmock/gmock.h> <gtest/gtest.h>)
    target_link_libraries(bonafide_test_common PRIVATE GTest::gmock)
    target_compile_options(bonafide_test_common PRIVATE ${BONAFIDE_TEST_OPTIONS})
  endif()
endif()
