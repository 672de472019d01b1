#include "io/smtp_client.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "io/smtp_message.hpp"
#include "io/smtp_reply.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <utility>

namespace bonafide::io::smtp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Done = std::expected<void, Failure>;
using Answered = std::expected<Reply, Failure>;

constexpr std::size_t block_bytes = 65536;
constexpr milliseconds farewell_limit{2000}; // for QUIT, whose reply changes nothing

std::string_view name_of(Step step) {
    constexpr auto names = std::to_array<std::string_view>(
        {"the letter", "the connection", "the connection", "EHLO", "MAIL FROM", "RCPT TO", "DATA", "the message"});
    return names.at(static_cast<std::size_t>(step));
}

/// What the server offers behind EHLO.
struct Extensions {
    std::optional<std::uint64_t> size; ///< RFC 1870 4; 0: no fixed limit
    bool eight_bit = false;
    bool utf8 = false;

    static Extensions of(const Reply& reply) {
        Extensions found;
        for (std::size_t i = 1; i < reply.lines.size(); ++i) { // the first is the server's name
            const std::string_view line = reply.lines[i];
            const std::size_t blank = std::min(line.find(' '), line.size());
            const std::string_view word = line.substr(0, blank);
            if (ascii::iequals(word, "8BITMIME")) found.eight_bit = true;
            if (ascii::iequals(word, "SMTPUTF8")) found.utf8 = true;
            if (ascii::iequals(word, "SIZE")) found.size = ascii::parse_decimal(ascii::trim(line.substr(blank)));
        }
        return found;
    }
};

Done check(const Letter& letter, const Needs& needs) {
    const auto refuse = [](std::string why) { return std::unexpected(Failure{true, Step::letter, std::move(why)}); };
    if (letter.recipients.empty()) return refuse("the letter has no recipient");
    if (letter.recipients.size() > most_recipients)
        return refuse(fmt::format("the letter has more than {} recipients", most_recipients));
    if (!letter.mail_from.empty() && !is_path(letter.mail_from))
        return refuse(fmt::format("\"{}\" is no address", escape::line(letter.mail_from, 80)));
    for (const std::string& recipient : letter.recipients)
        if (!is_path(recipient)) return refuse(fmt::format("\"{}\" is no address", escape::line(recipient, 80)));
    if (needs.longest_line > most_line_bytes)
        return refuse(fmt::format("the letter has a line of more than {} bytes", most_line_bytes));
    return {};
}

class Session {
  public:
    Session(const Target& target, const Letter& letter, const Needs& needs, const std::stop_token& stop)
        : target_(target), letter_(letter), needs_(needs), stop_(stop) {}

    std::expected<Outcome, Failure> run() {
        const std::stop_callback stopping(stop_, [this] { asio::post(context_, [this] { close(); }); });
        Done done;
        for (Done (Session::*step)() : {&Session::connect, &Session::greet, &Session::hello, &Session::mail,
                                        &Session::recipients, &Session::message})
            if (done) done = (this->*step)();
        if (in_step_) quit();
        if (!done) return std::unexpected(done.error());
        return std::move(outcome_);
    }

  private:
    // ---- the conversation

    Done connect() {
        step_ = Step::connect;
        const tcp::endpoint there(asio::ip::make_address(target_.server.address.text()), target_.server.port);
        const error_code why =
            perform(target_.timeouts.connect, [&](auto done) { socket_.async_connect(there, std::move(done)); });
        if (why) return lost(why);
        error_code ignored;
        socket_.set_option(tcp::no_delay(true), ignored);
        in_step_ = true;
        return {};
    }

    Done greet() {
        step_ = Step::greeting;
        return expect(read_reply(target_.timeouts.greeting), 2);
    }

    Done hello() {
        step_ = Step::hello;
        const std::string name = own_name();
        const Answered reply = say("EHLO " + name, target_.timeouts.command);
        if (reply && reply->kind() == 5) // RFC 5321 3.2, 4.1.4: one that does not know EHLO
            return expect(say("HELO " + name, target_.timeouts.command), 2);
        if (reply) extensions_ = Extensions::of(*reply);
        return expect(reply, 2);
    }

    Done mail() {
        step_ = Step::mail;
        const auto refuse = [this](std::string why) { return std::unexpected(Failure{true, step_, std::move(why)}); };
        const bool utf8 =
            needs_.utf8_header || !is_ascii(letter_.mail_from) || !std::ranges::all_of(letter_.recipients, is_ascii);
        if (utf8 && !extensions_.utf8) return refuse("the letter needs SMTPUTF8, which the server does not offer");
        if (needs_.eight_bit && !extensions_.eight_bit)
            return refuse("the letter needs 8BITMIME, which the server does not offer");
        wire_ = on_wire(letter_.message);
        const std::size_t size = wire_.size() - 3; // without the final dot (RFC 1870 5); doubled ones are in it
        if (extensions_.size && *extensions_.size != 0 && size > *extensions_.size)
            return refuse(fmt::format("the letter has {} bytes, and the server takes {}", size, *extensions_.size));
        std::string command = fmt::format("MAIL FROM:<{}>", letter_.mail_from);
        if (extensions_.size) command += fmt::format(" SIZE={}", size);
        if (needs_.eight_bit) command += " BODY=8BITMIME";
        if (utf8) command += " SMTPUTF8";
        return expect(say(command, target_.timeouts.command), 2);
    }

    Done recipients() {
        step_ = Step::rcpt;
        for (const std::string& recipient : letter_.recipients) {
            const Done taken = expect(say(fmt::format("RCPT TO:<{}>", recipient), target_.timeouts.command), 2);
            if (taken) continue;
            if (!in_step_) return taken;
            // RFC 5321 4.5.3.1.10: 552 here means too many, and is temporary.
            const bool permanent = taken.error().permanent && last_code_ != 552;
            outcome_.refused.push_back({recipient, permanent, taken.error().text});
        }
        if (outcome_.refused.size() < letter_.recipients.size()) return {};
        const bool permanent = std::ranges::all_of(outcome_.refused, &Refused::permanent);
        return std::unexpected(Failure{permanent, step_, outcome_.refused.front().text});
    }

    Done message() {
        step_ = Step::data;
        if (Done begun = expect(say("DATA", target_.timeouts.data), 3); !begun) return begun;
        step_ = Step::message;
        for (std::string_view rest = wire_; !rest.empty();) {
            const std::string_view block = rest.substr(0, block_bytes);
            if (Done written = write(block, target_.timeouts.block); !written) return written;
            rest.remove_prefix(block.size());
        }
        const Answered reply = read_reply(target_.timeouts.end);
        if (reply) outcome_.reply = reply->text();
        return expect(reply, 2);
    }

    void quit() {
        if (write("QUIT\r\n", farewell_limit)) static_cast<void>(read_reply(farewell_limit));
        close();
    }

    // ---- one step

    Answered say(const std::string& command, milliseconds limit) {
        if (Done written = write(command + "\r\n", limit); !written) return std::unexpected(written.error());
        return read_reply(limit);
    }

    /// The reply, where it is of the class that goes on.
    Done expect(const Answered& reply, unsigned wanted) {
        if (!reply) return std::unexpected(reply.error());
        last_code_ = reply->code;
        if (reply->kind() == wanted) return {};
        if (reply->code == 421) in_step_ = false; // RFC 5321 3.8: it closes the connection
        if (reply->kind() < 4)
            return broken(
                fmt::format("the server answered {} with \"{}\", which does not fit", name_of(step_), reply->text()));
        return std::unexpected(
            Failure{reply->kind() == 5, step_,
                    fmt::format("the server answered {} with \"{}\"", name_of(step_), reply->text())});
    }

    Done write(std::string_view bytes, milliseconds limit) {
        if (const Done quiet = check_turn(); !quiet) return quiet;
        const error_code why =
            perform(limit, [&](auto done) { asio::async_write(socket_, asio::buffer(bytes), std::move(done)); });
        return why ? lost(why) : Done{};
    }

    /// What came before we asked would be taken for the reply to what we say next.
    Done check_turn() {
        error_code ignored;
        if (buffer_.empty() && socket_.available(ignored) == 0) return {};
        return broken(
            fmt::format("the server spoke out of turn{}{}", buffer_.empty() ? "" : ": ", escape::line(buffer_, 80)));
    }

    Answered read_reply(milliseconds limit) {
        const auto until = steady_clock::now() + limit;
        for (;;) {
            Expected<std::optional<Reply>> reply = take_reply(buffer_);
            if (!reply) return std::unexpected(broken(std::move(reply.error().text)).error());
            if (*reply) return **std::move(reply);
            std::array<char, 4096> bytes{};
            std::size_t count = 0;
            const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
            const error_code why = perform(left, [&](auto done) {
                socket_.async_read_some(asio::buffer(bytes), [&count, done](const error_code& error, std::size_t n) {
                    count = n;
                    done(error);
                });
            });
            if (why) return std::unexpected(lost(why).error());
            buffer_.append(bytes.data(), count);
        }
    }

    // ---- the connection

    /// Runs one operation until it ends or its time is over.
    template<class Start> error_code perform(milliseconds limit, Start start) {
        if (stop_.stop_requested()) return asio::error::operation_aborted;
        std::optional<error_code> ended;
        start([&ended](const error_code& why, auto&&...) { ended = why; });
        context_.restart();
        context_.run_for(std::max(limit, milliseconds{0}));
        if (ended) return *ended;
        close();
        context_.restart();
        context_.run(); // the operation ends as aborted, and lets go of what it refers to
        return asio::error::timed_out;
    }

    void close() {
        error_code ignored;
        socket_.close(ignored);
    }

    Done lost(const error_code& why) {
        in_step_ = false;
        std::string text;
        if (stop_.stop_requested())
            text = "given up, since the daemon ends";
        else if (why == asio::error::timed_out)
            text = fmt::format("the server was silent at {}", name_of(step_));
        else if (why == asio::error::eof || why == asio::error::connection_reset || why == asio::error::broken_pipe)
            text = fmt::format("the server closed the connection at {}", name_of(step_));
        else
            text = fmt::format("no connection to {}: {}", target_.server.text(), why.message());
        return std::unexpected(Failure{false, step_, std::move(text)});
    }

    /// What is no SMTP: where its next reply begins is not known.
    Done broken(std::string why) {
        in_step_ = false;
        return std::unexpected(Failure{false, step_, std::move(why)});
    }

    /// RFC 5321 4.1.1.1: an address literal where there is no name.
    [[nodiscard]] std::string own_name() const {
        if (target_.helo.contains('.') && dns::is_hostname_like(target_.helo)) return target_.helo;
        error_code ignored;
        const asio::ip::address own = socket_.local_endpoint(ignored).address();
        return fmt::format("[{}{}]", own.is_v6() ? "IPv6:" : "", own.to_string());
    }

    const Target& target_;
    const Letter& letter_;
    const Needs& needs_;
    const std::stop_token& stop_;
    asio::io_context context_;
    tcp::socket socket_{context_};
    std::string buffer_; // read, and not looked at yet
    std::string wire_;   // the message as it is sent
    Extensions extensions_;
    Outcome outcome_;
    Step step_ = Step::connect;
    unsigned last_code_ = 0;
    bool in_step_ = false; // connected, and nobody waits for anything of the other: QUIT makes sense
};

} // namespace

Timeouts Timeouts::at_most(milliseconds limit) {
    Timeouts times;
    for (milliseconds Timeouts::* one : {&Timeouts::connect, &Timeouts::greeting, &Timeouts::command, &Timeouts::data,
                                         &Timeouts::block, &Timeouts::end})
        times.*one = std::min(times.*one, limit);
    return times;
}

std::expected<Outcome, Failure> send(const Target& target, const Letter& letter, const std::stop_token& stop) {
    const Needs needs = needs_of(letter.message);
    if (const Done sound = check(letter, needs); !sound) return std::unexpected(sound.error());
    return Session(target, letter, needs, stop).run();
}

} // namespace bonafide::io::smtp
