#include "cli/results.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "cli/verdict_output.hpp"
#include "crypto/digest.hpp"
#include "verdict/json_text.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <limits>
#include <random>
#include <span>
#include <system_error>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t most_line_bytes = std::size_t{16} << 20; // of earlier results; ours are far shorter
constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();

/// `{"file":"...","offset":N` without the rest of the object.
std::string json_head(const MessageName& name) {
    const std::string file = verdict::utf8(name.file);
    std::string head = R"({"file":)" + json::serialize(json::string(file));
    if (file != name.file) {
        const std::span bytes(reinterpret_cast<const std::uint8_t*>(name.file.data()), name.file.size());
        head += R"(,"file_base64":")" + base64::encode(bytes) + '"';
    }
    if (name.offset) head += fmt::format(R"(,"offset":{})", *name.offset);
    return head;
}

/// A path that ends like "path:offset" must not be taken for one.
bool looks_like_member(std::string_view text) {
    const auto colon = text.rfind(':');
    return colon != std::string_view::npos && colon + 1 < text.size() &&
           std::ranges::all_of(text.substr(colon + 1), ascii::is_digit);
}

/// What one line of results says.
struct Line {
    std::string name; ///< as to_text(MessageName)
    std::string word;
};

std::optional<Line> read_json_line(std::string_view text) {
    boost::system::error_code error;
    const json::value value = json::parse({text.data(), text.size()}, error);
    const json::object* const object = error ? nullptr : value.if_object();
    if (object == nullptr) return std::nullopt;
    const auto text_at = [&](const json::object& in, std::string_view key) -> std::optional<std::string> {
        const json::value* const found = in.if_contains({key.data(), key.size()});
        if (found == nullptr || !found->is_string()) return std::nullopt;
        return std::string(found->get_string());
    };
    auto file = text_at(*object, "file");
    if (!file) return std::nullopt;
    if (const auto exact = text_at(*object, "file_base64")) {
        const auto bytes = base64::decode(*exact);
        if (!bytes) return std::nullopt;
        file->assign(bytes->begin(), bytes->end());
    }
    MessageName name{std::move(*file)};
    if (const json::value* const offset = object->if_contains("offset")) {
        boost::system::error_code none;
        name.offset = offset->to_number<std::uint64_t>(none);
        if (none) return std::nullopt;
    }
    Line line{to_text(name), "error"};
    if (object->contains("error")) return line;
    const json::value* const dmarc = object->if_contains("dmarc");
    if (dmarc == nullptr) return std::nullopt;
    line.word = dmarc->is_object() ? text_at(dmarc->get_object(), "result").value_or("unknown") : "unknown";
    return line;
}

std::optional<Line> read_text_line(std::string_view text) {
    const auto columns = ascii::split(text, '\t');
    if (columns.size() < 3) return std::nullopt;
    return Line{std::string(columns[0]), std::string(columns[1])};
}

} // namespace

bool Tally::add(std::string_view word) {
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) return false;
    ++counts_[static_cast<std::size_t>(found - words.begin())];
    return true;
}

void Tally::add(const Tally& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

std::uint64_t Tally::count(std::string_view word) const {
    const auto found = std::ranges::find(words, word);
    return found == words.end() ? 0 : counts_[static_cast<std::size_t>(found - words.begin())];
}

std::uint64_t Tally::total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    return sum;
}

std::string Tally::to_text() const {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < counts_.size(); ++i)
        if (counts_[i] > 0) parts.push_back(fmt::format("{} {}", words[i], counts_[i]));
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string_view outcome_word(const engine::Finished& finished) {
    const auto& dmarc = finished.facts.dmarc.value;
    return dmarc ? dmarc::to_text(dmarc->result) : "unknown";
}

std::string to_text(const MessageName& name) {
    std::string text = escape::line(name.file, whole);
    if (name.offset) return fmt::format("{}:{}", text, *name.offset);
    if (looks_like_member(text)) text.replace(text.rfind(':'), 1, "\\x3a");
    return text;
}

std::string result_line(const MessageName& name, const engine::Finished& finished, const std::string& authserv_id,
                        ResultForm form) {
    if (form == ResultForm::text)
        return fmt::format("{}\t{}\t{}\n", to_text(name), outcome_word(finished), verdict::sentence(finished.facts));
    const std::string object = verdict_json(finished, authserv_id);
    return json_head(name) + ',' + object.substr(1) + '\n';
}

std::string error_line(const MessageName& name, std::string_view error, ResultForm form) {
    if (form == ResultForm::text) return fmt::format("{}\terror\t{}\n", to_text(name), error);
    return json_head(name) + R"(,"error":)" + json::serialize(json::string(verdict::utf8(error))) + "}\n";
}

Remembered::Remembered() {
    std::random_device random;
    for (int i = 0; i < 4; ++i) key_ += fmt::format("{:08x}", random());
}

std::uint64_t Remembered::hash(std::string_view name) const {
    const crypto::Sha256Digest digest = crypto::sha256(key_ + std::string(name));
    std::uint64_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
}

void Remembered::add(std::string_view name) { hashes_.push_back(hash(name)); }
void Remembered::sort() { std::ranges::sort(hashes_); }
bool Remembered::contains(std::string_view name) const {
    return !hashes_.empty() && std::ranges::binary_search(hashes_, hash(name));
}

Expected<EarlierResults> read_results(const std::string& file, ResultForm form) {
    EarlierResults earlier;
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in && errno == ENOENT) return earlier;
    if (!in) return failure("cannot be opened: " + std::generic_category().message(errno));
    const auto buffer = std::make_unique_for_overwrite<char[]>(most_line_bytes);
    for (std::uint64_t number = 1; in.getline(buffer.get(), static_cast<std::streamsize>(most_line_bytes)); ++number) {
        if (in.eof()) break; // no line feed: it was cut off
        const auto length = static_cast<std::size_t>(in.gcount());
        const std::string_view text(buffer.get(), length - 1);
        const auto line = form == ResultForm::json ? read_json_line(text) : read_text_line(text);
        if (!line || !earlier.tally.add(line->word))
            return failure(fmt::format("line {} is none that verify {} writes", number,
                                       form == ResultForm::json ? "--json" : "without --json"));
        earlier.messages.add(line->name);
        earlier.bytes += length;
    }
    if (!in.eof()) return failure("cannot be read, or holds a line that verify never writes");
    earlier.messages.sort();
    return earlier;
}

} // namespace bonafide::cli
