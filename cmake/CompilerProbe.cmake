# Refuses a compiler that miscompiles ordinary coroutines (Debian 12's g++ 12.2 does). The probe runs once per build folder, with a time limit.
if(NOT BONAFIDE_COMPILER_PROBED)
  set(probe ${CMAKE_BINARY_DIR}/compiler_probe)
  file(MAKE_DIRECTORY ${probe})
  execute_process(
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++23 -O2 -o ${probe}/probe ${CMAKE_CURRENT_LIST_DIR}/compiler_probe.cpp
    RESULT_VARIABLE built ERROR_VARIABLE why TIMEOUT 120)
  if(built EQUAL 0)
    execute_process(COMMAND ${probe}/probe RESULT_VARIABLE ran TIMEOUT 10 OUTPUT_QUIET ERROR_QUIET)
  endif()
  if(NOT built EQUAL 0 OR NOT ran EQUAL 0)
    message(FATAL_ERROR
      "The compiler ${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) fails the coroutine probe "
      "(build: ${built}, run: ${ran}).\n${why}\n"
      "Bonafide needs clang 19 or newer with libstdc++: apt-get install clang-19 lld-19, then cmake --preset release. "
      "(./run does both.)")
  endif()
  set(BONAFIDE_COMPILER_PROBED TRUE CACHE INTERNAL "the compiler passed the coroutine probe")
endif()
