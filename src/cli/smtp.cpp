#include "cli/smtp.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <fmt/format.h>
#include <thread>

namespace bonafide::cli::smtp {
namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::seconds patience{30};
constexpr std::size_t most_line = 4096;
constexpr std::size_t most_message = 64 * 1024 * 1024;

std::string read_line(tcp::iostream& stream) {
    std::string line;
    std::getline(stream, line);
    if (line.ends_with('\r')) line.pop_back();
    return line.substr(0, most_line);
}

/// The last line of a reply.
std::string read_reply(tcp::iostream& stream) {
    for (;;) {
        std::string line = read_line(stream);
        if (!stream || line.size() < 4 || line[3] != '-') return line;
    }
}

/// CRLF line ends and dots doubled, with the final dot.
std::string dot_stuffed(std::string_view message) {
    std::string text;
    for (std::string_view line : ascii::split(message, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with('.')) text += '.';
        text += line;
        text += "\r\n";
    }
    if (message.ends_with('\n')) text.resize(text.size() - 2); // what split() saw after the last line end
    return text + ".\r\n";
}

/// "ADDR=192.0.2.1 NAME=x" -> the value of `key`.
std::string attribute(std::string_view line, std::string_view key) {
    for (const std::string_view word : ascii::split(line, ' '))
        if (ascii::istarts_with(word, key) && word.size() > key.size() && word[key.size()] == '=')
            return std::string(word.substr(key.size() + 1));
    return {};
}

std::string bracketed(std::string_view line) {
    const auto open = line.find('<');
    const auto close = line.find('>', open);
    return open == std::string_view::npos || close == std::string_view::npos
               ? std::string()
               : std::string(line.substr(open + 1, close - open - 1));
}

} // namespace

Expected<void> send(std::uint16_t port, const Mail& mail) {
    tcp::iostream stream;
    stream.expires_after(patience);
    stream.connect("127.0.0.1", std::to_string(port));
    if (!stream) return failure("no SMTP server on port " + std::to_string(port));
    const auto step = [&](const std::string& command, char expected) -> Expected<void> {
        if (!command.empty()) stream << command << std::flush;
        const std::string reply = read_reply(stream);
        if (reply.starts_with(expected)) return {};
        return failure(fmt::format("the SMTP server answered \"{}\" to {}", escape::line(reply),
                                   escape::line(command.substr(0, 60))));
    };
    const std::string steps[] = {
        "",
        "EHLO demo.example\r\n",
        fmt::format("XCLIENT ADDR={} NAME={} HELO={}\r\n", mail.client, mail.client_name, mail.helo),
        fmt::format("EHLO {}\r\n", mail.helo),
        fmt::format("MAIL FROM:<{}>\r\n", mail.mail_from),
        fmt::format("RCPT TO:<{}>\r\n", mail.recipient),
    };
    for (const std::string& command : steps)
        if (auto done = step(command, '2'); !done) return done;
    if (auto done = step("DATA\r\n", '3'); !done) return done;
    if (auto done = step(dot_stuffed(mail.message), '2'); !done) return done;
    return step("QUIT\r\n", '2');
}

struct Receiver::State {
    boost::asio::io_context context;
    tcp::acceptor acceptor{context};
    Deliver deliver;
    std::thread thread;
    std::atomic<bool> stopping = false;

    void serve() {
        while (!stopping) {
            tcp::iostream stream;
            boost::system::error_code error;
            acceptor.accept(stream.socket(), error);
            if (error || stopping) return;
            stream.expires_after(patience);
            talk(stream);
        }
    }

    void talk(tcp::iostream& stream) {
        Mail mail;
        stream << "220 bonafide demo receiver\r\n" << std::flush;
        while (stream) {
            const std::string line = read_line(stream);
            if (!stream) return;
            const std::string reply = answer(line, mail, stream);
            stream << reply << "\r\n" << std::flush;
            if (reply.starts_with("221")) return;
        }
    }

    std::string answer(const std::string& line, Mail& mail, tcp::iostream& stream) {
        const auto is = [&](std::string_view verb) { return ascii::istarts_with(line, verb); };
        if (is("EHLO") || is("HELO")) {
            if (line.size() > 5) mail.helo = line.substr(5);
            return "250-demo\r\n250 XCLIENT ADDR NAME HELO";
        }
        if (is("XCLIENT")) {
            mail.client = attribute(line, "ADDR");
            mail.client_name = attribute(line, "NAME");
            return "220 go on";
        }
        if (is("MAIL"))
            mail.mail_from = bracketed(line);
        else if (is("RCPT"))
            mail.recipient = bracketed(line);
        else if (is("DATA")) {
            stream << "354 end with a dot\r\n" << std::flush;
            if (!read_message(stream, mail.message)) return "552 5.3.4 too large";
            return deliver(mail);
        } else if (is("QUIT"))
            return "221 bye";
        else if (!is("RSET") && !is("NOOP"))
            return "502 5.5.1 not known here";
        return "250 ok";
    }

    static bool read_message(tcp::iostream& stream, std::string& message) {
        message.clear();
        bool fits = true;
        for (std::string line; std::getline(stream, line);) {
            if (line.ends_with('\r')) line.pop_back();
            if (line == ".") return fits;
            fits = fits && message.size() + line.size() < most_message;
            if (fits) message += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
        }
        return false;
    }
};

Receiver::Receiver(std::unique_ptr<State> state) : state_(std::move(state)) {}

Expected<std::unique_ptr<Receiver>> Receiver::start(Deliver deliver) {
    auto state = std::make_unique<State>();
    state->deliver = std::move(deliver);
    boost::system::error_code error;
    const tcp::endpoint any(boost::asio::ip::address_v4::loopback(), 0);
    state->acceptor.open(any.protocol(), error);
    if (!error) state->acceptor.bind(any, error);
    if (!error) state->acceptor.listen(16, error);
    if (error) return failure("no loopback port for the demo: " + error.message());
    auto* const bare = state.get();
    state->thread = std::thread([bare] { bare->serve(); });
    return std::unique_ptr<Receiver>(new Receiver(std::move(state)));
}

Receiver::~Receiver() {
    state_->stopping = true;
    { // wakes accept()
        tcp::iostream wake;
        wake.expires_after(std::chrono::seconds(1));
        wake.connect("127.0.0.1", std::to_string(port()));
    }
    state_->thread.join();
}

std::uint16_t Receiver::port() const { return state_->acceptor.local_endpoint().port(); }

} // namespace bonafide::cli::smtp
