// For tests: the MTA's side of a milter conversation as bytes, and a handler that writes down what it is told.
#pragma once

#include "io/milter_encode.hpp"
#include "io/milter_handler.hpp"
#include "io/milter_protocol.hpp"

#include <fmt/format.h>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::io::milter::script {

inline std::string packet(char letter, std::string_view arguments = {}) {
    std::string out;
    append_packet(out, letter, arguments);
    return out;
}
/// Each string with its NUL.
inline std::string strings(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const std::string_view part : parts) (out += part) += '\0';
    return out;
}
inline std::string numbers(std::initializer_list<std::uint32_t> values) {
    std::string out;
    for (const std::uint32_t value : values) append_number(out, value);
    return out;
}

inline constexpr std::uint32_t all_actions = 0x1ff;
inline constexpr std::uint32_t all_steps = 0x1fffff;
inline std::string offer(std::uint32_t version = 6, std::uint32_t actions = all_actions,
                         std::uint32_t steps = all_steps) {
    return packet('O', numbers({version, actions, steps}));
}
inline std::string macros(char stage, std::initializer_list<std::string_view> parts) {
    return packet('D', stage + strings(parts));
}
inline std::string connect(std::string_view host = "mail.example.org", std::string_view address = "192.0.2.1") {
    return packet('C', strings({host}) + '4' + std::string("\x9c\x40", 2) + strings({address}));
}
inline std::string helo(std::string_view name = "mail.example.org") { return packet('H', strings({name})); }
inline std::string mail(std::string_view path = "<a@example.org>") { return packet('M', strings({path})); }
inline std::string rcpt(std::string_view path = "<b@example.net>") { return packet('R', strings({path})); }
inline std::string data() { return packet('T'); }
inline std::string header(std::string_view name, std::string_view value) { return packet('L', strings({name, value})); }
inline std::string end_of_header() { return packet('N'); }
inline std::string body(std::string_view bytes) { return packet('B', bytes); }
inline std::string end_of_message(std::string_view last = {}) { return packet('E', last); }
inline std::string abort() { return packet('A'); }
inline std::string quit() { return packet('Q'); }
inline std::string quit_new_connection() { return packet('K'); }

inline std::string envelope() { return connect() + helo() + mail() + rcpt() + data(); }
inline std::string message() {
    return mail() + rcpt() + data() + header("From", " a@example.org") + header("Subject", " hello\n world") +
           end_of_header() + body("one\r\n") + end_of_message("two\r\n");
}

/// The packets in `bytes` as letters with arguments, NUL shown as '|': "c", "i....X-A|value|".
inline std::vector<std::string> packets(std::string_view bytes) {
    std::vector<std::string> result;
    while (bytes.size() >= 5) {
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
        if (length == 0 || bytes.size() < length + 4) return result.push_back("cut"), result;
        std::string text{bytes.substr(4, length)};
        for (char& c : text)
            if (c == '\0') c = '|';
        result.push_back(text);
        bytes.remove_prefix(length + 4);
    }
    if (!bytes.empty()) result.push_back("cut");
    return result;
}
/// Only the letters: "Occccc".
inline std::string letters(std::string_view bytes) {
    std::string result;
    for (const std::string& text : packets(bytes)) result += text.empty() ? '?' : text[0];
    return result;
}

/// Writes every call down; answers as told per stage. `later` stages answer nothing.
class Recorder final : public Handler {
  public:
    struct Plan {
        Needs needs;
        std::map<Stage, Reply> replies;
        StageSet later;
        StageSet throws;
        Verdict verdict;
    };
    Recorder(Connection& connection, std::vector<std::string>& log, const Plan& plan)
        : connection_(connection), log_(log), plan_(plan) {}

    Needs needs() const override { return plan_.needs; }
    void negotiated(const Negotiated& terms) override { log_.push_back(fmt::format("negotiated {}", terms.version)); }
    Outcome connect(const Client& client) override {
        return note(Stage::connect, fmt::format("connect {} {} {}", client.host,
                                                client.address ? client.address->text() : "-", client.port));
    }
    Outcome helo(std::string_view name) override { return note(Stage::helo, fmt::format("helo {}", name)); }
    Outcome mail(std::string_view path, std::span<const std::string_view> parameters) override {
        return note(Stage::mail, fmt::format("mail {}{}", path, joined(parameters)));
    }
    Outcome rcpt(std::string_view path, std::span<const std::string_view> parameters) override {
        return note(Stage::rcpt, fmt::format("rcpt {}{}", path, joined(parameters)));
    }
    Outcome data() override { return note(Stage::data, "data"); }
    Outcome unknown(std::string_view command) override {
        return note(Stage::unknown, fmt::format("unknown {}", command));
    }
    Reply header(std::string_view name, std::string_view value) override {
        return note(Stage::header, fmt::format("header {}:{}", name, value)).value_or(Reply::proceed());
    }
    Outcome end_of_header() override { return note(Stage::end_of_header, "end of header"); }
    Reply body(std::string_view piece) override {
        // Pieces of a body are joined, so that the record does not depend on how the bytes came.
        if (!log_.empty() && log_.back().starts_with("body ")) {
            log_.back() += piece;
            if (plan_.throws.has(Stage::body)) throw std::runtime_error("body");
            const auto reply = plan_.replies.find(Stage::body);
            return reply == plan_.replies.end() ? Reply::proceed() : reply->second;
        }
        return note(Stage::body, fmt::format("body {}", piece)).value_or(Reply::proceed());
    }
    std::optional<Verdict> end_of_message() override {
        log_.push_back("end of message i=" + std::string{connection_.macro("i")});
        if (plan_.throws.has(Stage::end_of_message)) throw std::runtime_error("end");
        if (plan_.later.has(Stage::end_of_message)) return {};
        return plan_.verdict;
    }
    void abort() noexcept override { log_.push_back("abort"); }
    void close() noexcept override { log_.push_back("close"); }

  private:
    static std::string joined(std::span<const std::string_view> parts) {
        std::string result;
        for (const std::string_view part : parts) (result += ' ') += part;
        return result;
    }
    Outcome note(Stage stage, std::string line) {
        log_.push_back(std::move(line));
        if (plan_.throws.has(stage)) throw std::runtime_error("thrown");
        if (plan_.later.has(stage)) return {};
        const auto reply = plan_.replies.find(stage);
        return reply == plan_.replies.end() ? Reply::proceed() : reply->second;
    }

    Connection& connection_;
    std::vector<std::string>& log_;
    const Plan& plan_;
};

} // namespace bonafide::io::milter::script
