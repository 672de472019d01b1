// The conformance cases: files that others wrote, read as they are. One folder a suite holds cases.jsonl, one JSON object a line, and
// the messages, zones and keys it names. Format: the README.md beside the data.
// Whatever cannot be read throws std::exception; the run counts the case as unreadable and fails.
#pragma once

#include "dns/public_suffix.hpp"
#include "dns/zone.hpp"

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::conformance {

struct Case {
    std::string id; ///< suite/name
    std::string suite;
    std::string kind;
    std::filesystem::path folder; ///< of its cases.jsonl; paths in `data` start there
    boost::json::object data;

    [[nodiscard]] const boost::json::object& expect() const { return data.at("expect").as_object(); }
    [[nodiscard]] const boost::json::object& input() const { return data.at("input").as_object(); }
    /// The Unix time to verify at; a fixed day where the case does not mind, so that every run gives the same.
    [[nodiscard]] std::int64_t now() const;
    /// The text of a member of `object`; empty when there is no such member.
    [[nodiscard]] static std::string text(const boost::json::object& object, std::string_view key);
};

/// All cases below `root`, ordered by folder and line. A line that is no case becomes one of kind "" with its place as id.
[[nodiscard]] std::vector<Case> load_cases(const std::filesystem::path& root);

/// Files that cases name, each read once.
class Files {
  public:
    explicit Files(std::filesystem::path root) : root_(std::move(root)) {}

    /// The bytes of the file named by member `key` of `object`.
    [[nodiscard]] static std::string bytes(const Case& test, const boost::json::object& object, std::string_view key);
    /// The zone of the case; an empty one when it names none.
    [[nodiscard]] std::shared_ptr<const dns::Zone> zone(const Case& test);
    /// The list named by input.list, else the one that came with the data.
    [[nodiscard]] std::shared_ptr<const dns::PublicSuffixList> suffixes(const Case& test);

  private:
    std::filesystem::path root_;
    std::map<std::filesystem::path, std::shared_ptr<const dns::Zone>> zones_;
    std::map<std::filesystem::path, std::shared_ptr<const dns::PublicSuffixList>> lists_;
};

} // namespace bonafide::conformance
