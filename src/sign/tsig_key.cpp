#include "sign/tsig_key.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace bonafide::sign {
namespace {

/// Both forms are names and values in turn once their punctuation is gone.
std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    constexpr std::string_view between = " \t\r\n{};\"'";
    for (const std::string_view whole : ascii::split(text, '\n')) {
        const std::string_view line = ascii::trim(whole);
        if (line.starts_with('#') || line.starts_with("//")) continue;
        for (std::size_t begin = line.find_first_not_of(between); begin != std::string_view::npos;) {
            const std::size_t end = std::min(line.find_first_of(between, begin), line.size());
            words.push_back(line.substr(begin, end - begin));
            begin = line.find_first_not_of(between, end);
        }
    }
    return words;
}

/// Into an empty place only.
Expected<void> put(std::string& place, std::string_view value, std::string_view what) {
    if (!place.empty()) return failure(fmt::format("has more than one {}", what));
    if (value.empty()) return failure(fmt::format("has no {}", what));
    place = value;
    return {};
}

} // namespace

Expected<TsigKey> parse_tsig_key(std::string_view text) {
    if (text.size() > TsigKey::most_bytes) return failure("is too long for a TSIG key");
    TsigKey key;
    const auto words = words_of(text);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string_view word = words[i], next = words[i + 1];
        Expected<void> taken;
        if (word == "id:" || (word == "key" && next != "-"))
            taken = put(key.name, next, "name");
        else if (word == "algorithm" || word == "algorithm:")
            taken = put(key.algorithm, next, "algorithm");
        else if (word == "secret" || word == "secret:")
            taken = put(key.secret, next, "secret");
        else
            continue;
        if (!taken) return std::unexpected(taken.error());
        ++i;
    }
    if (key.name.empty() || key.algorithm.empty() || key.secret.empty())
        return failure("holds no TSIG key, as tsig-keygen or keymgr -t writes it");
    key.name = dns::normalize(key.name);
    key.algorithm = ascii::lower(key.algorithm);
    if (!dns::is_hostname_like(key.name)) return failure("the name of the key is no domain name");
    if (key.algorithm != "hmac-sha256" && key.algorithm != "hmac-sha512")
        return failure(fmt::format("the algorithm {} is not known; hmac-sha256 and hmac-sha512 are",
                                   escape::line(key.algorithm, 40)));
    const auto secret = base64::decode(key.secret);
    if (!secret || secret->empty()) return failure("the secret is no base64 text");
    return key;
}

} // namespace bonafide::sign
