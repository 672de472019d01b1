#include "conformance/corpus.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace bonafide::conformance {
namespace {

namespace json = boost::json;

constexpr std::string_view no_zone = "{}";
constexpr std::string_view default_list = "psl/publicsuffix-debian/orig/public_suffix_list.dat";
constexpr std::int64_t any_day = 1'750'000'000; // June 2025

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(fmt::format("{} cannot be opened", path.string()));
    return {std::istreambuf_iterator<char>(file), {}};
}

Case read_case(const std::string& line, const std::filesystem::path& folder) {
    Case test;
    test.data = json::parse(line).as_object();
    test.id = test.data.at("id").as_string();
    test.suite = test.data.at("suite").as_string();
    test.kind = test.data.at("kind").as_string();
    test.folder = folder;
    return test;
}

Case unreadable(const std::filesystem::path& file, std::size_t line) {
    Case test;
    test.folder = file.parent_path();
    test.suite = test.folder.filename();
    test.id = fmt::format("{}:{}", file.string(), line);
    return test;
}

} // namespace

std::int64_t Case::now() const {
    const auto* given = data.if_contains("now");
    return given == nullptr ? any_day : given->to_number<std::int64_t>();
}

std::string Case::text(const json::object& object, std::string_view key) {
    const auto* found = object.if_contains(key);
    return found == nullptr ? std::string() : std::string(found->as_string());
}

std::vector<Case> load_cases(const std::filesystem::path& root) {
    std::vector<std::filesystem::path> files;
    for (const auto& protocol : std::filesystem::directory_iterator(root)) {
        if (!protocol.is_directory()) continue;
        for (const auto& suite : std::filesystem::directory_iterator(protocol))
            if (const auto file = suite.path() / "cases.jsonl"; std::filesystem::exists(file)) files.push_back(file);
    }
    std::sort(files.begin(), files.end());
    std::vector<Case> cases;
    for (const auto& path : files) {
        std::ifstream file(path);
        std::string line;
        for (std::size_t number = 1; std::getline(file, line); ++number) {
            try {
                cases.push_back(read_case(line, path.parent_path()));
            } catch (const std::exception&) {
                cases.push_back(unreadable(path, number));
            }
        }
    }
    return cases;
}

std::string Files::bytes(const Case& test, const json::object& object, std::string_view key) {
    return read_file(test.folder / std::string(object.at(key).as_string()));
}

std::shared_ptr<const dns::Zone> Files::zone(const Case& test) {
    const std::string name = Case::text(test.data, "zone");
    auto& slot = zones_[name.empty() ? std::filesystem::path() : test.folder / name];
    if (!slot) {
        const auto zone = dns::Zone::parse(name.empty() ? std::string(no_zone) : read_file(test.folder / name));
        if (!zone) throw std::runtime_error(fmt::format("zone {}: {}", name, zone.error().text));
        slot = *zone;
    }
    return slot;
}

std::shared_ptr<const dns::PublicSuffixList> Files::suffixes(const Case& test) {
    std::filesystem::path path = root_ / default_list;
    if (const auto* input = test.data.if_contains("input"); input != nullptr && input->as_object().contains("list"))
        path = test.folder / Case::text(input->as_object(), "list");
    auto& slot = lists_[path];
    if (!slot) {
        const auto list = dns::PublicSuffixList::open(path.string());
        if (!list) throw std::runtime_error(list.error().text);
        slot = *list;
    }
    return slot;
}

} // namespace bonafide::conformance
