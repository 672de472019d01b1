#include "dkim/key_record.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "dkim/tags.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::dkim {
namespace {

/// The record could be read and says this.
KeyRecord refused(KeyRecord record, Code code, std::string reason) {
    record.code = code;
    record.reason = std::move(reason);
    return record;
}

/// True when the ":" list of this tag holds one of the words, or the tag is absent (its default allows all).
/// RFC 6376 3.6.1 h=, s=, t=: values that are not among the words are ignored.
bool lists(const TagList& list, std::string_view tag, std::initializer_list<std::string_view> words) {
    const Tag* found = list.find(tag);
    if (found == nullptr) return true;
    for (const std::string_view part : split_list(found->value))
        for (const std::string_view word : words)
            if (ascii::iequals(part, word)) return true;
    return false;
}

bool has_flag(const TagList& list, std::string_view flag) {
    return list.find("t") != nullptr && lists(list, "t", {flag});
}

KeyRecord read_key(KeyRecord record, std::string_view type, std::string_view data) {
    // RFC 6376 3.6.1 k=: a record of an unknown type serves no signature.
    const bool rsa = ascii::iequals(type, "rsa");
    if (!rsa && !ascii::iequals(type, "ed25519"))
        return refused(std::move(record), Code::key_wrong_type,
                       fmt::format("the key type {} is not known", escape::line(type, 40)));
    const Expected<base64::Bytes> bytes = base64::decode(data);
    if (!bytes) return refused(std::move(record), Code::bad_key, "p= of the key record is no base64 text");
    Expected<crypto::PublicKey> key =
        rsa ? crypto::PublicKey::rsa_from_der(*bytes) : crypto::PublicKey::ed25519_from_raw(*bytes);
    if (!key)
        return refused(std::move(record), Code::bad_key,
                       "p= of the key record holds no usable key: " + key.error().text);
    record.key = std::move(*key);
    return record;
}

} // namespace

KeyRecord parse_key_record(std::string_view text, const Limits& limits) {
    KeyRecord record;
    if (text.size() > limits.dkim_key_record_bytes)
        return refused(std::move(record), Code::bad_key, "the key record is too long");
    // Deviates from RFC 6376 3.2: a line end is white space even when it folds nothing. It gets into a zone with a pasted key.
    std::string line(text);
    std::ranges::replace_if(line, [](char c) { return c == '\r' || c == '\n'; }, ' ');
    const TagList list = parse_tags(line);
    if (list.error)
        return refused(std::move(record), Code::bad_key, "the TXT record is no key record: " + list.error->text);
    // RFC 6376 3.6.1: v= may be absent; when present it is the first tag and exactly this.
    if (const Tag* version = list.find("v");
        version != nullptr && (version != &list.tags.front() || version->value != "DKIM1"))
        return refused(std::move(record), Code::bad_key, "v= of the key record is not DKIM1 or does not come first");
    const Tag* data = list.find("p");
    if (data == nullptr) return refused(std::move(record), Code::bad_key, "the key record has no p=");
    record.allows_sha256 = lists(list, "h", {"sha256"});
    record.allows_email = lists(list, "s", {"*", "email"});
    record.testing = has_flag(list, "y");
    record.strict_identity = has_flag(list, "s");
    // RFC 6376 3.6.1 p=: an empty value revokes the key.
    if (data->value.empty()) return refused(std::move(record), Code::key_revoked, "the key was revoked: p= is empty");
    const Tag* type = list.find("k");
    return read_key(std::move(record), type == nullptr ? "rsa" : type->value, data->value);
}

} // namespace bonafide::dkim
