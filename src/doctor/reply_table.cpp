#include "doctor/reply_table.hpp"

#include "base/ascii.hpp"
#include "doctor/embedded.hpp"

#include <algorithm>
#include <array>

namespace bonafide::doctor {
namespace {

constexpr std::array<std::string_view, 6> receivers{"gmail", "microsoft365", "outlook", "yahoo", "icloud", "other"};
constexpr std::array<std::string_view, 24> troubles{
    "no-authentication", "spf-fail",      "spf-record",    "dkim-missing", "dkim-fail", "dkim-key",
    "dmarc-policy",      "dmarc-missing", "alignment",     "reverse-dns",  "tls",       "reputation",
    "blocklist",         "rate",          "content",       "format",       "recipient", "relay",
    "greylist",          "dns",           "sender-domain", "forwarding",   "other",     "none"};

constexpr std::array<std::string_view, 13> details{"",         "unknown",   "full",     "closed", "closed-to-sender",
                                                   "malware",  "login",     "size",     "loop",   "connection",
                                                   "receiver", "automatic", "delivered"};

constexpr std::size_t worth_of_own_row = 20;
constexpr std::size_t worth_of_weak_row = 4; ///< such a part of its length
constexpr std::size_t short_piece = 5;
constexpr std::size_t sure = 10; ///< text of this length leaves no doubt

std::vector<ReplyRow> read() {
    std::vector<ReplyRow> rows;
    for (const std::string_view line : ascii::split(embedded::find("data/replies.tsv"), '\n')) {
        if (line.empty() || line.front() == '#') continue;
        const std::vector<std::string_view> cells = ascii::split(line, '\t');
        if (cells.size() != 5) continue; // the test of the table counts them
        ReplyRow row;
        if (const auto receiver = std::ranges::find(receivers, cells[0]); receiver != receivers.end())
            row.receiver = static_cast<Receiver>(receiver - receivers.begin());
        std::string_view pieces = cells[1];
        const bool weak = pieces.ends_with('~');
        if (weak) pieces.remove_suffix(1);
        for (const std::string_view piece : ascii::split(pieces, '|')) {
            row.pieces.emplace_back(piece);
            row.weight += piece.size();
        }
        const std::size_t colon = std::min(cells[2].find(':'), cells[2].size());
        const auto trouble = parse_trouble(cells[2].substr(0, colon));
        const auto detail = parse_detail(cells[2].substr(std::min(colon + 1, cells[2].size())));
        if (!trouble || !detail) continue;
        row.trouble = *trouble;
        row.detail = *detail;
        if (weak || (row.trouble == Trouble::other && row.detail == Detail::none))
            row.weight = std::max<std::size_t>(row.weight / worth_of_weak_row, 1);
        row.source = cells[3];
        row.date = cells[4];
        rows.push_back(std::move(row));
    }
    return rows;
}

/// RFC 3463 3, RFC 7372 3, RFC 7505: where no words are known.
Meaning by_code(std::string_view enhanced, std::string_view code) {
    struct Row {
        std::string_view rest;
        Trouble trouble;
        Detail detail = Detail::none;
    };
    constexpr std::array<Row, 38> rows{{
        {"7.20", Trouble::dkim_missing},
        {"7.21", Trouble::dkim_fail},
        {"7.22", Trouble::dkim_fail},
        {"7.23", Trouble::spf_fail},
        {"7.24", Trouble::spf_record},
        {"7.25", Trouble::reverse_dns},
        {"7.26", Trouble::no_authentication},
        {"7.27", Trouble::sender_domain},
        {"7.28", Trouble::rate},
        {"7.29", Trouble::forwarding},
        {"7.10", Trouble::tls},
        {"7.5", Trouble::tls},
        {"7.8", Trouble::relay, Detail::login},
        {"1.1", Trouble::recipient, Detail::unknown},
        {"1.2", Trouble::dns},
        {"1.3", Trouble::recipient},
        {"1.4", Trouble::recipient},
        {"1.6", Trouble::recipient, Detail::closed},
        {"1.7", Trouble::sender_domain},
        {"1.8", Trouble::sender_domain},
        {"1.10", Trouble::recipient, Detail::unknown},
        {"2.0", Trouble::recipient},
        {"2.1", Trouble::recipient, Detail::closed},
        {"2.2", Trouble::recipient, Detail::full},
        {"2.3", Trouble::other, Detail::size},
        {"3.4", Trouble::other, Detail::size},
        {"4.3", Trouble::dns},
        {"4.4", Trouble::dns},
        {"4.6", Trouble::other, Detail::loop},
        {"5.2", Trouble::format},
        {"5.4", Trouble::format},
        {"6.0", Trouble::format},
        {"6.1", Trouble::format},
        {"6.7", Trouble::format},
        {"3.1", Trouble::other, Detail::receiver},
        {"3.2", Trouble::other, Detail::receiver},
        {"4.1", Trouble::other, Detail::connection},
        {"4.2", Trouble::other, Detail::connection},
    }};
    if (enhanced.size() > 2)
        for (const Row& row : rows)
            if (enhanced.substr(2) == row.rest) return {row.trouble, row.detail, Confidence::medium};
    if (code == "535" || code == "530" || code == "538") return {Trouble::relay, Detail::login, Confidence::medium};
    return {};
}

} // namespace

std::string_view to_text(Kind kind) {
    constexpr std::array<std::string_view, 5> words{"bounce", "log", "reply", "headers", "message"};
    return words.at(static_cast<std::size_t>(kind));
}
std::string_view to_text(Receiver receiver) { return receivers.at(static_cast<std::size_t>(receiver)); }
std::string_view to_text(Trouble trouble) { return troubles.at(static_cast<std::size_t>(trouble)); }
std::string_view to_text(Confidence confidence) {
    constexpr std::array<std::string_view, 3> words{"low", "medium", "high"};
    return words.at(static_cast<std::size_t>(confidence));
}

std::optional<Trouble> parse_trouble(std::string_view word) {
    const auto found = std::ranges::find(troubles, word);
    if (found == troubles.end()) return {};
    return static_cast<Trouble>(found - troubles.begin());
}

std::optional<Detail> parse_detail(std::string_view word) {
    const auto found = std::ranges::find(details, word);
    if (found == details.end()) return {};
    return static_cast<Detail>(found - details.begin());
}

std::span<const ReplyRow> reply_rows() {
    static const std::vector<ReplyRow> rows = read();
    return rows;
}

bool occurs(std::string_view piece, std::string_view text) {
    if (piece.empty()) return false;
    for (std::size_t at = text.find(piece); at != std::string_view::npos; at = text.find(piece, at + 1)) {
        const bool begins = !ascii::is_alnum(piece.front()) || at == 0 || !ascii::is_alnum(text[at - 1]);
        const std::size_t end = at + piece.size();
        const bool digit = ascii::is_digit(piece.back()); // "5.7.1" is not the beginning of "5.7.26"
        const bool ends = (piece.size() >= short_piece && !digit) || !ascii::is_alnum(piece.back()) ||
                          end == text.size() || !ascii::is_alnum(text[end]);
        if (begins && ends) return true;
    }
    return false;
}

Meaning meaning_of(const Reply& reply, Receiver receiver) {
    std::string text = ascii::lower(reply.text);
    if (!reply.enhanced.empty()) text = reply.enhanced + " " + text;
    const ReplyRow* best = nullptr;
    std::size_t most = 0;
    for (const ReplyRow& row : reply_rows()) {
        if (row.receiver && *row.receiver != receiver) continue;
        const std::size_t weight = row.weight + (row.receiver ? worth_of_own_row : 0);
        if (weight <= most) continue;
        if (!std::ranges::all_of(row.pieces, [&](const std::string& piece) { return occurs(piece, text); })) continue;
        best = &row;
        most = weight;
    }
    if (best == nullptr) return by_code(reply.enhanced, reply.code);
    return {best->trouble, best->detail, best->weight >= sure ? Confidence::high : Confidence::medium, best};
}

} // namespace bonafide::doctor
