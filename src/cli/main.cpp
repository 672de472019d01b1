// The binary's entry: streams, signals and the last resort for exceptions; everything else is cli/frame.
#include "base/escape.hpp"
#include "cli/frame.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    // A reader that goes away ("bonafide ... | head") must not kill us in mid-write; the write reports it instead.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        std::ios::sync_with_stdio(false);
        bonafide::cli::Console console{std::cin, std::cout, std::cerr};
        return bonafide::cli::run(std::vector<std::string>(argv + 1, argv + argc), console);
    } catch (const std::exception& error) {
        // A programming error or lack of memory: one line, and the exit code of "could not be answered".
        std::fprintf(stderr, "bonafide: internal error: %s\n", bonafide::escape::line(error.what()).c_str());
    } catch (...) {
        std::fputs("bonafide: internal error\n", stderr);
    }
    return bonafide::cli::exit_code::failed;
}
