// Texts with people in them: whatever stands around an address, it does not come out in clear, nor does any other; a whole name goes; one
// person has one hash wherever she is mentioned; and a second time only the digits of hashes change. Lines: an address, a name, what
// stands before the address, what stands behind it.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "engine/ledger_privacy.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace bonafide;
using engine::HashedAddresses;

constexpr io::store::Secret secret{1, 2, 3};
constexpr std::size_t hash_bytes = 13; // "#" and 12 digits

void require(bool held) {
    if (!held) std::abort();
}

bool is_letter(char c) { return ascii::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80; }

bool ends_with_hash(std::string_view text) {
    if (text.size() < hash_bytes) return false;
    const std::string_view hash = text.substr(text.size() - hash_bytes);
    return hash.front() == '#' && std::ranges::all_of(hash.substr(1), ascii::is_hex);
}

std::string_view take_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

/// A dot-atom at a host name.
bool is_address(std::string_view text) {
    const std::size_t at = text.find('@');
    return at != std::string_view::npos && at > 0 && is_letter(text[at - 1]) && text.substr(at + 1).contains('.') &&
           dns::is_hostname_like(text.substr(at + 1)) && is_letter(text.back()) &&
           std::ranges::all_of(text.substr(0, at), [](char c) { return is_letter(c) || c == '.' || c == '='; });
}

/// `text` with all hashes alike. No letter may stand before an at-sign that is not of one.
std::string without_digits(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '@' && ends_with_hash(out))
            out.replace(out.size() - hash_bytes, hash_bytes, "#");
        else
            require(c != '@' || out.empty() || !is_letter(out.back()));
        out += c;
    }
    return out;
}

/// One that a text shows as it is, and that nothing of an address is mistaken for.
bool is_plain_name(std::string_view name) {
    return name.size() >= 3 && !name.contains('#') && !name.contains('@') && escape::line(name) == name;
}

void check_name(std::string_view name, std::string_view text) {
    const bool may_be_word_of_ours =
        name == ascii::lower(name) || std::ranges::all_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (may_be_word_of_ours) return;
    for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        require((at > 0 && is_letter(text[at - 1]) && is_letter(name.front())) ||
                (end < text.size() && is_letter(text[end]) && is_letter(name.back())));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const std::string address(take_line(rest)), name(take_line(rest)), before(take_line(rest)), after(rest);
    const std::string text = before + address + after;
    const HashedAddresses hash(secret, {address}, {name});

    const std::string once = hash.text(text);
    const std::string shape = without_digits(once);
    if (is_plain_name(name)) check_name(name, once);
    const std::string twice = without_digits(hash.text(once));
    if (!text.contains('"') && (name.empty() || is_plain_name(name))) require(twice == shape);

    boost::json::value value = boost::json::array{boost::json::object{{"text", text}}, 1};
    hash.apply(value);
    require(value.at(0).at("text").as_string() == std::string_view(once));

    if (!is_address(address)) return 0;
    const std::string kept = hash.address(address);
    require(ends_with_hash(kept.substr(0, hash_bytes)) && kept.substr(hash_bytes) == address.substr(address.find('@')));
    require(!ascii::lower(shape).contains(ascii::lower(address)));
    require(hash.address(ascii::lower(address)).starts_with(kept.substr(0, hash_bytes)));
    const bool alone =
        (before.empty() || before.ends_with(' ')) && (after.empty() || after == "." || after.front() == ' ');
    if (alone) require(HashedAddresses(secret, {address}, {}).text(text).contains(kept));
    return 0;
}
