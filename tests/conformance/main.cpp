// Runs every conformance case and says what differs.
//
//   conformance            run; fails on an unlisted difference and when docs/conformance.md is not what the run gives
//   conformance --report   run; writes docs/conformance.md
//
// Exit codes: 0 all is well, 1 it is not, 77 there are no cases (ctest shows the test as skipped).
#include "conformance/differences.hpp"
#include "conformance/kinds.hpp"
#include "conformance/page.hpp"

#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

namespace bonafide::conformance {
namespace {

constexpr int skipped = 77;
constexpr const char* variable = "BONAFIDE_CONFORMANCE";

const std::filesystem::path checkout = BONAFIDE_SOURCE_DIR;
const std::filesystem::path page_file = checkout / "docs" / "conformance.md";
const std::filesystem::path list_file = checkout / "tests" / "conformance" / "differences.tsv";

std::string read_all(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::filesystem::path where_the_data_is() {
    const char* given = std::getenv(variable);
    return given != nullptr && *given != '\0' ? std::filesystem::path(given)
                                              : checkout.parent_path() / "shared" / "conformance";
}

Verdict run_case(const Case& test, Files& files, const Differences& listed, std::string& details) {
    const Kind* const kind = find_kind(test.kind);
    if (kind == nullptr) {
        details = test.kind.empty() ? "    not a case\n" : fmt::format("    unknown kind {}\n", test.kind);
        return Verdict::unreadable;
    }
    if (kind->run == nullptr) return Verdict::not_run;
    try {
        const Comparison comparison = kind->run(test, files);
        details = comparison.details();
        const Verdict verdict = judge(listed, test.id, comparison.ours());
        if (verdict == Verdict::unlisted || verdict == Verdict::changed)
            details += fmt::format("    line for the list: {}\t{}\tRFC\n", test.id, comparison.ours());
        return verdict;
    } catch (const std::exception& error) {
        details = fmt::format("    {}\n", error.what());
        return Verdict::unreadable;
    }
}

std::vector<Outcome> run_all(const std::filesystem::path& root, const Differences& listed) {
    Files files(root);
    std::vector<Outcome> outcomes;
    for (const Case& test : load_cases(root)) {
        Outcome outcome{.id = test.id, .suite = test.suite, .kind = test.kind, .details = {}};
        const auto begin = std::chrono::steady_clock::now();
        outcome.verdict = run_case(test, files, listed, outcome.details);
        outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        outcomes.push_back(std::move(outcome));
    }
    return outcomes;
}

void print_tallies(const std::vector<Outcome>& outcomes) {
    std::cout << fmt::format("{:<28}{:<17}{:>6}{:>7}{:>8}{:>10}\n", "suite", "kind", "cases", "agree", "listed",
                             "seconds");
    double seconds = 0;
    for (const Tally& tally : count(outcomes)) {
        seconds += tally.seconds;
        if (tally.not_run == tally.cases)
            std::cout << fmt::format("{:<28}{:<17}{:>6}  not part of this build\n", tally.suite, tally.kind,
                                     tally.cases);
        else
            std::cout << fmt::format("{:<28}{:<17}{:>6}{:>7}{:>8}{:>10.3f}\n", tally.suite, tally.kind, tally.cases,
                                     tally.agree, tally.listed, tally.seconds);
    }
    std::cout << fmt::format("{} cases in {:.2f} s\n", outcomes.size(), seconds);
}

std::string_view complaint(Verdict verdict) {
    switch (verdict) {
    case Verdict::unlisted: return "differs and is not listed";
    case Verdict::gone: return "is listed as a difference but agrees now: take it off the list";
    case Verdict::changed: return "is listed but differs in another way now";
    case Verdict::unreadable: return "cannot be read";
    case Verdict::agrees:
    case Verdict::listed:
    case Verdict::not_run: break;
    }
    return "";
}

std::size_t print_failures(const std::vector<Outcome>& outcomes, const Differences& listed) {
    std::size_t failures = 0;
    for (const Outcome& outcome : outcomes) {
        if (!is_failure(outcome.verdict)) continue;
        ++failures;
        std::cout << fmt::format("{} {}\n{}", outcome.id, complaint(outcome.verdict), outcome.details);
    }
    for (const std::string& id : stale(listed, outcomes)) {
        ++failures;
        std::cout << fmt::format("{} is listed but there is no such case\n", id);
    }
    return failures;
}

enum class Page : std::uint8_t { check, write };

bool settle_page(const std::string& page, const std::string& old_page, Page wanted) {
    if (page == old_page) return true;
    if (wanted == Page::check) {
        std::cout << "docs/conformance.md is not what this run gives; write it anew with: conformance --report\n";
        return false;
    }
    std::ofstream(page_file, std::ios::binary) << page;
    std::cout << "docs/conformance.md is written\n";
    return true;
}

int run(Page wanted) {
    const auto root = where_the_data_is();
    if (!std::filesystem::is_directory(root)) {
        std::cout << fmt::format("SKIPPED: no conformance cases at {} (set {} to where they are)\n", root.string(),
                                 variable);
        return skipped;
    }
    const auto listed = parse_differences(read_all(list_file));
    if (!listed) {
        std::cout << fmt::format("{}: {}\n", list_file.string(), listed.error().text);
        return EXIT_FAILURE;
    }
    const std::vector<Outcome> outcomes = run_all(root, *listed);
    print_tallies(outcomes);
    if (outcomes.empty()) {
        std::cout << fmt::format("no cases at {}\n", root.string());
        return EXIT_FAILURE;
    }
    const std::size_t failures = print_failures(outcomes, *listed);
    if (failures > 0) {
        std::cout << fmt::format("{} cases fail the run\n", failures);
        return EXIT_FAILURE; // the page is written from a run that is in order
    }
    const std::string old_page = read_all(page_file);
    return settle_page(write_page(outcomes, *listed, old_page), old_page, wanted) ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace
} // namespace bonafide::conformance

int main(int count, char** arguments) {
    using bonafide::conformance::Page;
    if (count == 2 && std::string_view(arguments[1]) == "--report") return bonafide::conformance::run(Page::write);
    if (count == 1) return bonafide::conformance::run(Page::check);
    std::cerr << "usage: conformance [--report]\n";
    return 2;
}
