#include "dkim/header_hash.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <string>

namespace bonafide::dkim {
namespace {

std::uint32_t hash_of(std::string_view name) { // FNV-1a, without regard to case
    std::uint32_t hash = 2166136261U;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(ascii::to_lower(c))) * 16777619U;
    return hash;
}

/// Order without regard to case: -1, 0, 1.
int compare(std::string_view a, std::string_view b) {
    const std::size_t size = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < size; ++i) {
        const auto x = static_cast<unsigned char>(ascii::to_lower(a[i]));
        const auto y = static_cast<unsigned char>(ascii::to_lower(b[i]));
        if (x != y) return x < y ? -1 : 1;
    }
    return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

} // namespace

HeaderIndex::HeaderIndex(const mail::HeaderBlock& header) : header_(&header) {
    entries_.reserve(header.size());
    for (std::size_t i = 0; i < header.size(); ++i)
        entries_.push_back(Entry{hash_of(header[i].name), static_cast<std::uint32_t>(i)});
    std::ranges::sort(entries_, [&](const Entry& a, const Entry& b) {
        if (a.hash != b.hash) return a.hash < b.hash;
        const int order = compare(header[a.field].name, header[b.field].name); // names made to collide stay apart
        return order != 0 ? order < 0 : a.field > b.field;
    });
}

std::optional<std::size_t> HeaderIndex::Walk::take(std::string_view name) {
    const std::vector<Entry>& entries = index_->entries_;
    const std::uint32_t hash = hash_of(name);
    const auto before = [&](const Entry& entry) {
        if (entry.hash != hash) return entry.hash < hash;
        return compare(index_->header()[entry.field].name, name) < 0;
    };
    const auto first = static_cast<std::size_t>(std::ranges::partition_point(entries, before) - entries.begin());
    if (first == entries.size()) return {};
    for (std::size_t at = first + taken_[first]; at < entries.size(); ++at) {
        const Entry& entry = entries[at];
        if (entry.hash != hash || compare(index_->header()[entry.field].name, name) != 0) return {};
        ++taken_[first];
        if (entry.field != own_) return entry.field;
    }
    return {};
}

crypto::Sha256Digest hash_header(const HeaderIndex& index, const SignedFields& fields) {
    constexpr std::size_t enough = 8192;
    crypto::Sha256 hash;
    std::string text;
    HeaderIndex::Walk walk(index, fields.own);
    for (const std::string_view name : fields.names) {
        // RFC 6376 5.4.2: instances from the bottom up; a name without a further instance is the null string.
        if (const std::optional<std::size_t> field = walk.take(name)) {
            append_canonical(text, index.header()[*field], fields.kind);
        }
        if (text.size() >= enough) {
            hash.update(text);
            text.clear();
        }
    }
    // RFC 8616 5: as it occurs, U-labels in its d=, i= and s= included.
    append_canonical_unsigned(text, index.header()[fields.own], fields.b, fields.kind);
    hash.update(text);
    return hash.finish();
}

} // namespace bonafide::dkim
