#include "dns/recorded.hpp"

#include "base/escape.hpp"
#include "base/latin1.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace bonafide::dns {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values) array.emplace_back(latin1::to_utf8(value));
    return array;
}

json::object to_object(const Exchange& exchange) {
    const AnswerData& answer = *exchange.answer;
    json::object object{
        {"name", latin1::to_utf8(exchange.name)}, {"type", to_text(exchange.type)},   {"why", exchange.why},
        {"status", to_text(answer.status)},       {"dnssec", to_text(answer.dnssec)}, {"ttl", answer.ttl}};
    if (answer.aliased) object["aliased"] = true;
    if (!answer.txt.empty()) object["txt"] = texts(answer.txt);
    if (!answer.names.empty()) object["names"] = texts(answer.names);
    if (!answer.addresses.empty()) {
        json::array& addresses = object["addresses"].emplace_array();
        for (const ip::Address& address : answer.addresses) addresses.emplace_back(address.text());
    }
    if (!answer.mx.empty()) {
        json::array& array = object["mx"].emplace_array();
        for (const Mx& mx : answer.mx) array.push_back(json::array{mx.preference, latin1::to_utf8(mx.host)});
    }
    return object;
}

/// Reads one entry; the first thing that is wrong is kept, and what follows changes nothing.
class EntryReader {
  public:
    explicit EntryReader(const json::object& object) : object_(object) {}

    [[nodiscard]] const std::string& error() const& { return error_; }

    std::string text(std::string_view key) {
        const json::value* value = object_.if_contains(key);
        return value == nullptr ? (fail(key, "is missing"), std::string()) : bytes(key, *value);
    }
    template<class Word> Word word(std::string_view key, std::optional<Word> (*read)(std::string_view)) {
        const std::optional<Word> value = read(text(key));
        if (!value) fail(key, "has an unknown value");
        return value.value_or(Word{});
    }
    std::uint32_t number(std::string_view key) {
        const json::value* value = object_.if_contains(key);
        return value == nullptr ? (fail(key, "is missing"), 0) : integer<std::uint32_t>(key, *value);
    }
    bool flag(std::string_view key) {
        const json::value* value = object_.if_contains(key);
        if (value != nullptr && !value->is_bool()) fail(key, "is neither true nor false");
        return value != nullptr && value->is_bool() && value->get_bool();
    }
    std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> result;
        for (const json::value& value : array(key)) result.push_back(bytes(key, value));
        return result;
    }
    std::vector<ip::Address> addresses(std::string_view key) {
        std::vector<ip::Address> result;
        for (const json::value& value : array(key)) {
            const auto address = ip::Address::parse_unmapped(bytes(key, value));
            if (address)
                result.push_back(*address);
            else
                fail(key, "holds no IP address");
        }
        return result;
    }
    std::vector<Mx> mx(std::string_view key) {
        std::vector<Mx> result;
        for (const json::value& value : array(key)) {
            const json::array* pair = value.if_array();
            if (pair == nullptr || pair->size() != 2) {
                fail(key, "holds no [preference, host]");
                continue;
            }
            result.push_back({integer<std::uint16_t>(key, (*pair)[0]), bytes(key, (*pair)[1])});
        }
        return result;
    }

  private:
    void fail(std::string_view key, std::string_view what) {
        if (error_.empty()) error_ = fmt::format("\"{}\" {}", key, what);
    }
    std::string bytes(std::string_view key, const json::value& value) {
        const auto result = value.is_string() ? latin1::to_bytes(value.get_string()) : std::nullopt;
        if (!result) fail(key, "is no text of bytes");
        return result.value_or("");
    }
    template<class Integer> Integer integer(std::string_view key, const json::value& value) {
        boost::system::error_code bad;
        const auto number = value.to_number<Integer>(bad);
        if (bad) fail(key, "is out of range");
        return bad ? Integer{} : number;
    }
    const json::array& array(std::string_view key) {
        static const json::array none;
        const json::value* value = object_.if_contains(key);
        if (value == nullptr) return none;
        if (!value->is_array()) fail(key, "is no list");
        return value->is_array() ? value->get_array() : none;
    }

    const json::object& object_;
    std::string error_;
};

std::string shown(std::string_view name, Type type) { return fmt::format("{} {}", to_text(type), escape::line(name)); }

} // namespace

std::string to_json(const Transcript& transcript) {
    json::array array;
    for (const Exchange& exchange : transcript.exchanges()) array.push_back(to_object(exchange));
    return json::serialize(array);
}

Expected<std::unique_ptr<Recorded>> Recorded::parse(std::string_view text) {
    boost::system::error_code bad;
    const json::value value = json::parse(text, bad);
    if (bad || !value.is_array()) return failure("the DNS answers are no JSON array");
    auto recorded = std::make_unique<Recorded>();
    for (std::size_t i = 0; i < value.get_array().size(); ++i) {
        const json::object* object = value.get_array()[i].if_object();
        if (object == nullptr) return failure(fmt::format("DNS answer {} is no object", i));
        EntryReader entry(*object);
        auto answer = std::make_shared<AnswerData>();
        Key key{entry.text("name"), entry.word("type", parse_type)};
        answer->status = entry.word("status", parse_status);
        answer->dnssec = entry.word("dnssec", parse_dnssec);
        answer->ttl = entry.number("ttl");
        answer->aliased = entry.flag("aliased");
        answer->txt = entry.texts("txt");
        answer->names = entry.texts("names");
        answer->addresses = entry.addresses("addresses");
        answer->mx = entry.mx("mx");
        (void)entry.text("why"); // for people; it must be there all the same
        if (!entry.error().empty()) return failure(fmt::format("DNS answer {}: {}", i, entry.error()));
        recorded->in_order_.push_back({key.second, answer});
        recorded->answers_[std::move(key)].in_order.push_back(std::move(answer));
    }
    return recorded;
}

Answer Recorded::answer(const Question& question) const {
    const std::lock_guard lock(mutex_);
    const auto found = answers_.find(Key{question.name, question.type});
    if (found == answers_.end()) {
        missing_.push_back(shown(question.name, question.type));
        return make_answer(Status::timeout);
    }
    Answers& answers = found->second;
    const std::size_t next = std::min(answers.given, answers.in_order.size() - 1);
    answers.given = next + 1;
    return answers.in_order[next];
}

std::vector<std::string> Recorded::missing() const {
    const std::lock_guard lock(mutex_);
    return missing_;
}

std::vector<std::string> Recorded::unasked() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [key, answers] : answers_)
        if (answers.given == 0) names.push_back(shown(key.first, key.second));
    return names;
}

} // namespace bonafide::dns
