#include "engine/record.hpp"

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/latin1.hpp"
#include "dns/recorded.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <span>

namespace bonafide::engine {
namespace {

namespace json = boost::json;
using dkim::Canonicalization;

constexpr std::array<std::string_view, 2> canonicalizations{"simple", "relaxed"};

json::string text(std::string_view bytes) { return json::string(latin1::to_utf8(bytes)); }

json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values) array.push_back(text(value));
    return array;
}

std::string_view word(Canonicalization kind) { return canonicalizations.at(static_cast<std::size_t>(kind)); }

json::value base64_or_null(const std::optional<crypto::Sha256Digest>& digest) {
    return digest ? json::value(json::string(base64::encode(*digest))) : json::value();
}

json::object object_of(const verdict::Envelope& envelope) {
    return {{"client", envelope.client ? json::value(json::string(envelope.client->text())) : json::value()},
            {"client_name", text(envelope.client_name)},
            {"helo", text(envelope.helo)},
            {"mail_from", envelope.mail_from ? json::value(text(*envelope.mail_from)) : json::value()},
            {"recipients", texts(envelope.recipients)},
            {"source", text(envelope.source)}};
}

json::array array_of(const std::vector<dkim::BodyDigest>& digests) {
    json::array array;
    for (const dkim::BodyDigest& digest : digests)
        array.push_back(json::object{{"canonicalization", word(digest.kind)},
                                     {"length", digest.length ? json::value(*digest.length) : json::value()},
                                     {"sha256", base64_or_null(digest.digest)},
                                     {"size", digest.size}});
    return array;
}

json::value object_or_null(const std::optional<Record::Redaction>& redacted) {
    if (!redacted) return nullptr;
    json::array hashes;
    for (const dkim::HeaderHashes::Kept& kept : redacted->header_hashes)
        hashes.push_back(json::object{{"field", kept.field},
                                      {"canonicalization", word(kept.kind)},
                                      {"sha256", json::string(base64::encode(kept.digest))}});
    return json::object{{"removed", texts(redacted->removed)},
                        {"remains", texts(redacted->remains)},
                        {"header_hashes", std::move(hashes)}};
}

/// What went wrong first while a document is read; everything after it changes nothing.
struct Fault {
    std::string text;
    void note(std::string_view path, std::string_view what) {
        if (text.empty()) text = fmt::format("{} {}", path, what);
    }
};

/// One value of the document at its path; each reading gives something empty once there is a fault.
class Reader {
  public:
    Reader(const json::value* value, std::string path, Fault& fault)
        : value_(value), path_(std::move(path)), fault_(&fault) {}

    [[nodiscard]] Reader operator[](std::string_view key) const {
        const json::object* object = value_ == nullptr ? nullptr : value_->if_object();
        const json::value* member = object == nullptr ? nullptr : object->if_contains(key);
        Reader reader(member, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key), *fault_);
        if (member == nullptr) reader.wrong("is missing");
        return reader;
    }
    [[nodiscard]] bool is_null() const { return value_ == nullptr || value_->is_null(); }

    /// Refuses whatever is none of `keys`.
    void only(std::initializer_list<std::string_view> keys) const {
        const json::object* object = value_ == nullptr ? nullptr : value_->if_object();
        if (object == nullptr) return wrong("is no object");
        for (const auto& member : *object)
            if (std::ranges::find(keys, std::string_view(member.key())) == keys.end())
                wrong(fmt::format("has a member {} that this program does not know",
                                  escape::line(escape::shortened(member.key()))));
    }
    [[nodiscard]] std::string bytes() const {
        const json::string* string = value_ == nullptr ? nullptr : value_->if_string();
        auto bytes = string == nullptr ? std::nullopt : latin1::to_bytes(*string);
        if (!bytes) wrong("is no text of bytes");
        return std::move(bytes).value_or("");
    }
    [[nodiscard]] bool flag() const {
        if (value_ == nullptr || !value_->is_bool()) wrong("is neither true nor false");
        return value_ != nullptr && value_->is_bool() && value_->get_bool();
    }
    template<class Integer> [[nodiscard]] Integer number() const {
        boost::system::error_code bad;
        const Integer number =
            value_ != nullptr && (value_->is_int64() || value_->is_uint64()) ? value_->to_number<Integer>(bad) : 0;
        if (value_ == nullptr || value_->is_double() || !value_->is_number() || bad)
            wrong("is no whole number in range");
        return number;
    }
    [[nodiscard]] Canonicalization canonicalization() const {
        const auto found = std::ranges::find(canonicalizations, bytes());
        if (found == canonicalizations.end()) wrong("is neither simple nor relaxed");
        return found == canonicalizations.begin() ? Canonicalization::simple : Canonicalization::relaxed;
    }
    [[nodiscard]] crypto::Sha256Digest digest() const {
        const std::string written = bytes();
        const auto decoded = base64::decode(written);
        crypto::Sha256Digest digest{};
        if (!decoded || decoded->size() != digest.size() || base64::encode(*decoded) != written)
            wrong("is no SHA-256 digest in base64");
        else
            std::ranges::copy(*decoded, digest.begin());
        return digest;
    }
    /// `read` of each element of a list of at most `most`.
    template<class Read> [[nodiscard]] auto list(std::size_t most, Read read) const {
        std::vector<decltype(read(*this))> values;
        const json::array* array = value_ == nullptr ? nullptr : value_->if_array();
        if (array == nullptr) wrong("is no list");
        if (array == nullptr) return values;
        if (array->size() > most) wrong(fmt::format("has more than {} entries", most));
        for (std::size_t i = 0; i < array->size() && fault_->text.empty(); ++i)
            values.push_back(read(Reader(&(*array)[i], fmt::format("{}[{}]", path_, i), *fault_)));
        return values;
    }
    [[nodiscard]] std::vector<std::string> texts(std::size_t most) const {
        return list(most, [](const Reader& entry) { return entry.bytes(); });
    }
    /// The value as JSON text again.
    [[nodiscard]] std::string document() const {
        return value_ == nullptr ? std::string() : std::string(json::serialize(*value_));
    }
    void wrong(std::string_view what) const { fault_->note(path_.empty() ? "the record" : path_, what); }

  private:
    const json::value* value_;
    std::string path_;
    Fault* fault_;
};

constexpr std::size_t no_bound = Record::most_bytes; // the document's own size bounds the list

verdict::Direction direction_of(const Reader& value) {
    using verdict::Direction;
    const std::string written = value.bytes();
    for (const Direction direction : {Direction::inbound, Direction::submitted, Direction::internal, Direction::local})
        if (written == to_text(direction)) return direction;
    value.wrong("is no direction");
    return Direction::inbound;
}

verdict::Envelope envelope_of(const Reader& value) {
    value.only({"client", "client_name", "helo", "mail_from", "recipients", "source"});
    verdict::Envelope envelope;
    if (const Reader client = value["client"]; !client.is_null()) {
        envelope.client = ip::Address::parse_unmapped(client.bytes());
        if (!envelope.client) client.wrong("is no IP address");
    }
    envelope.client_name = value["client_name"].bytes();
    envelope.helo = value["helo"].bytes();
    if (const Reader path = value["mail_from"]; !path.is_null()) envelope.mail_from = path.bytes();
    envelope.recipients = value["recipients"].texts(Record::most_recipients);
    envelope.source = value["source"].bytes();
    if (envelope.source != "given" && envelope.source != "message")
        value["source"].wrong("is neither given nor message");
    return envelope;
}

Record::SuffixList suffixes_of(const Reader& value) {
    value.only({"file", "version", "sha256", "used"});
    return {value["file"].bytes(), value["version"].bytes(), value["sha256"].bytes(), value["used"].flag()};
}

dkim::BodyDigest body_digest_of(const Reader& value) {
    value.only({"canonicalization", "length", "sha256", "size"});
    dkim::BodyDigest digest;
    digest.kind = value["canonicalization"].canonicalization();
    if (const Reader length = value["length"]; !length.is_null()) digest.length = length.number<std::uint64_t>();
    if (const Reader sha256 = value["sha256"]; !sha256.is_null()) digest.digest = sha256.digest();
    digest.size = value["size"].number<std::uint64_t>();
    return digest;
}

dkim::HeaderHashes::Kept header_hash_of(const Reader& value) {
    value.only({"field", "canonicalization", "sha256"});
    return {value["field"].number<std::size_t>(), value["canonicalization"].canonicalization(),
            value["sha256"].digest()};
}

std::optional<Record::Redaction> redaction_of(const Reader& value) {
    if (value.is_null()) return {};
    value.only({"removed", "remains", "header_hashes"});
    return Record::Redaction{value["removed"].texts(no_bound), value["remains"].texts(no_bound),
                             value["header_hashes"].list(Record::most_digests, header_hash_of)};
}

Record record_of(const Reader& value) {
    value.only({"bonafide_record", "version", "now", "host", "direction", "envelope", "settings", "public_suffix_list",
                "header", "body", "dns", "verdict", "redacted"});
    Record record;
    record.version = value["version"].bytes();
    record.now = value["now"].number<std::int64_t>();
    record.host_name = value["host"].bytes();
    record.direction = direction_of(value["direction"]);
    record.envelope = envelope_of(value["envelope"]);
    const Reader settings = value["settings"];
    settings.only({"text", "sha256"});
    record.settings = settings["text"].bytes();
    record.settings_sha256 = settings["sha256"].bytes();
    record.suffixes = suffixes_of(value["public_suffix_list"]);
    const Reader header = value["header"];
    header.only({"fields", "oversized"});
    record.fields = header["fields"].texts(no_bound);
    record.header_oversized = header["oversized"].flag();
    record.body = value["body"].list(Record::most_digests, body_digest_of);
    record.dns = value["dns"].document();
    record.verdict = value["verdict"].document();
    record.redacted = redaction_of(value["redacted"]);
    return record;
}

json::value nested(const std::string& document) {
    boost::system::error_code bad;
    json::value value = json::parse(document, bad);
    return bad ? json::value() : value;
}

} // namespace

std::string to_json(const Record& record) {
    const json::object object{
        {"bonafide_record", Record::format},
        {"version", text(record.version)},
        {"now", record.now},
        {"host", text(record.host_name)},
        {"direction", to_text(record.direction)},
        {"envelope", object_of(record.envelope)},
        {"settings", {{"text", text(record.settings)}, {"sha256", text(record.settings_sha256)}}},
        {"public_suffix_list",
         {{"file", text(record.suffixes.file)},
          {"version", text(record.suffixes.version)},
          {"sha256", text(record.suffixes.sha256)},
          {"used", record.suffixes.used}}},
        {"header", {{"fields", texts(record.fields)}, {"oversized", record.header_oversized}}},
        {"body", array_of(record.body)},
        {"dns", nested(record.dns)},
        {"verdict", nested(record.verdict)},
        {"redacted", object_or_null(record.redacted)},
    };
    return json::serialize(object);
}

Expected<Record> parse_record(std::string_view document) {
    if (document.size() > Record::most_bytes)
        return failure(fmt::format("a record has at most {} MiB", Record::most_bytes >> 20U));
    boost::system::error_code bad;
    const json::value value = json::parse(document, bad);
    if (bad) return failure("this is no whole JSON document: " + bad.message());
    Fault fault;
    const Reader reader(&value, "", fault);
    const json::object* object = value.if_object();
    if (object == nullptr || !object->contains("bonafide_record"))
        return failure("this is no record of a verdict: it has no bonafide_record");
    const auto format = reader["bonafide_record"].number<std::int64_t>();
    if (fault.text.empty() && format != Record::format)
        return failure(fmt::format("its format is {}; this program reads format {}", format, Record::format));
    Record record = record_of(reader);
    if (!fault.text.empty()) return failure(std::move(fault.text));
    if (const auto answers = dns::Recorded::parse(record.dns); !answers) return failure("dns: " + answers.error().text);
    if (!record.verdict.starts_with('{')) return failure("verdict is no object");
    return record;
}

Expected<mail::HeaderBlock> header_of(const Record& record, const Limits& limits) {
    mail::HeaderBlock header(limits);
    for (std::size_t i = 0; i < record.fields.size(); ++i)
        if (!header.add_raw(record.fields[i])) return failure(fmt::format("header.fields[{}] is no header field", i));
    if (record.header_oversized) header.mark_oversized();
    return header;
}

} // namespace bonafide::engine
