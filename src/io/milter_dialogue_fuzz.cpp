// Property: a conversation gives the same answers and the same handler calls however the MTA's bytes are cut, whether the handler
// answers now, later or never; calls keep the order milter_handler.hpp promises; answers are well-formed packets. The first two bytes
// choose the cuts, what the handler says and where it takes its time.
#include "io/milter_dialogue.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace bonafide::io::milter;

void insist(bool holds) {
    if (!holds) std::abort();
}

/// Says one thing at one stage, later if told so, and watches the order of calls.
class Watcher final : public Handler {
  public:
    Watcher(std::string& log, std::uint8_t choice) : log_(log), choice_(choice) {}
    ~Watcher() override { insist(!in_message_); }
    Needs needs() const override {
        Needs needs;
        if ((choice_ & 0x80) != 0) needs.replies = StageSet{}.with(stage());
        return needs;
    }
    void negotiated(const Negotiated& terms) override { insist(terms.version >= 2 && terms.version <= 6); }
    Outcome connect(const Client& client) override { return note(Stage::connect, client.host); }
    Outcome helo(std::string_view name) override {
        insist(!in_message_);
        return note(Stage::helo, name);
    }
    Outcome mail(std::string_view path, std::span<const std::string_view> parameters) override {
        insist(!in_message_);
        in_message_ = true;
        insist(parameters.size() <= protocol_limits.parameters);
        return note(Stage::mail, path);
    }
    Outcome rcpt(std::string_view path, std::span<const std::string_view>) override {
        return within(Stage::rcpt, path);
    }
    Outcome data() override { return within(Stage::data, {}); }
    Outcome unknown(std::string_view command) override { return note(Stage::unknown, command); }
    Reply header(std::string_view name, std::string_view value) override {
        log_ += value;
        return within(Stage::header, name).value_or(Reply::proceed());
    }
    Outcome end_of_header() override { return within(Stage::end_of_header, {}); }
    Reply body(std::string_view piece) override {
        insist(in_message_);
        body_ += piece;
        return {};
    }
    std::optional<Verdict> end_of_message() override {
        insist(in_message_);
        (log_ += body_) += "end\n";
        body_.clear();
        if (never()) return {};
        in_message_ = false;
        if (later()) return {};
        return verdict();
    }
    void abort() noexcept override {
        insist(in_message_);
        in_message_ = false;
        (log_ += body_) += "abort\n";
        body_.clear();
    }
    void close() noexcept override { log_ += "close\n"; }

    [[nodiscard]] Reply reply() const { return {static_cast<Reply::Kind>(choice_ / 8 % 7), "550 5.7.1 no\nnever"}; }
    [[nodiscard]] static Verdict verdict() {
        Verdict result;
        result.modifications.push_back({Modification::Kind::insert, 0, "X", "a\nb"});
        return result;
    }
    /// Where it takes its time it takes too long.
    [[nodiscard]] bool never() const { return later() && (choice_ & 0x38) == 0x38; }

  private:
    [[nodiscard]] Stage stage() const { return static_cast<Stage>(choice_ % 8); }
    [[nodiscard]] bool later() const { return (choice_ & 0x40) != 0; }
    Outcome within(Stage stage, std::string_view text) {
        insist(in_message_);
        return note(stage, text);
    }
    Outcome note(Stage at, std::string_view text) {
        ((log_ += to_text(at)) += text) += '\n';
        if (at != stage() || (choice_ & 0x80) == 0) return Reply::proceed();
        if (never() && at != Stage::header) return {}; // whether the message is over then, abort() tells
        const Reply said = reply();
        using Kind = Reply::Kind;
        const bool last = said.kind != Kind::proceed && said.kind != Kind::skip;
        const bool ends = at == Stage::rcpt ? said.kind == Kind::accept || said.kind == Kind::discard : last;
        if (in_message_ && ends && at != Stage::helo && at != Stage::connect && at != Stage::unknown)
            in_message_ = false;
        if (later() && at != Stage::header) return {};
        return said;
    }

    std::string& log_;
    std::uint8_t choice_;
    std::string body_; ///< joined, since its cuts are not the same
    bool in_message_ = false;
};

void check_packets(std::string_view bytes) {
    while (!bytes.empty()) {
        insist(bytes.size() >= 5);
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
        insist(length >= 1 && length <= bytes.size() - 4);
        insist(std::string_view{"Oacdhimpqrsty"}.contains(bytes[4]));
        bytes.remove_prefix(length + 4);
    }
}

std::string talk(std::string_view bytes, std::uint32_t seed, std::uint8_t choice) {
    std::string log;
    bool answered = false;
    Dialogue dialogue([&] { answered = true; });
    auto owned = std::make_unique<Watcher>(log, choice);
    Watcher& watcher = *owned;
    dialogue.attach(std::move(owned));
    const auto settle = [&] {
        while (dialogue.awaiting()) {
            if (watcher.never()) {
                dialogue.give_up();
                continue;
            }
            answered = false;
            if (dialogue.awaiting_verdict())
                dialogue.finish(Watcher::verdict());
            else
                dialogue.reply(watcher.reply());
            insist(answered);
            dialogue.resume();
        }
    };
    while (!bytes.empty() && !dialogue.ended()) {
        seed = seed * 1664525 + 1013904223;
        const std::string piece{bytes.substr(0, 1 + (seed >> 16) % 211)};
        bytes.remove_prefix(piece.size());
        dialogue.feed(piece);
        settle();
    }
    const bool error = dialogue.ending() == Dialogue::Ending::protocol_error;
    dialogue.end(Dialogue::Ending::disconnected);
    check_packets(dialogue.output());
    return log + dialogue.output() + (error ? dialogue.error()->text() : "");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 2, size - 2};
    const std::string one_way = talk(bytes, data[0], data[1]);
    insist(talk(bytes, data[0] * 2654435761U + 11, data[1]) == one_way);
    return 0;
}
