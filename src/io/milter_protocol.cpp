#include "io/milter_protocol.hpp"

#include "base/ascii.hpp"
#include "io/milter_handler.hpp"

#include <array>

namespace bonafide::io::milter {
namespace {

constexpr std::array rows{
    ProtocolLimitRow{"milter_command_bytes", protocol_limits.command_bytes, "SMTP lines are far shorter",
                     "the connection is closed"},
    ProtocolLimitRow{"milter_header_bytes", protocol_limits.header_bytes, "ten times Postfix's header_size_limit",
                     "the connection is closed"},
    ProtocolLimitRow{"milter_macro_bytes", protocol_limits.macro_bytes, "memory of one connection",
                     "the connection is closed"},
    ProtocolLimitRow{"milter_body_bytes", protocol_limits.body_bytes, "Sendmail's largest packet",
                     "the connection is closed"},
    ProtocolLimitRow{"milter_parameters", protocol_limits.parameters, "a MAIL command has about ten",
                     "the connection is closed"},
    ProtocolLimitRow{"milter_response_bytes", protocol_limits.response_bytes, "libmilter MILTER_CHUNK_SIZE",
                     "the modification is left out and counted"},
    ProtocolLimitRow{"milter_reply_lines", protocol_limits.reply_lines, "libmilter MAXREPLIES",
                     "a plain reject or defer"},
    ProtocolLimitRow{"milter_reply_line_bytes", protocol_limits.reply_line_bytes, "libmilter MAXREPLYLEN",
                     "a plain reject or defer"},
};

std::string_view command_name(char letter) {
    switch (static_cast<Command>(letter)) {
    case Command::abort: return "abort";
    case Command::body: return "body";
    case Command::connect: return "connect";
    case Command::macros: return "macros";
    case Command::end_of_message: return "end of message";
    case Command::helo: return "helo";
    case Command::quit_new_connection: return "quit, new connection";
    case Command::header: return "header";
    case Command::mail: return "mail";
    case Command::end_of_header: return "end of header";
    case Command::negotiate: return "negotiation";
    case Command::quit: return "quit";
    case Command::rcpt: return "rcpt";
    case Command::data: return "data";
    case Command::unknown: return "unknown SMTP command";
    }
    return {};
}

} // namespace

std::span<const ProtocolLimitRow> protocol_limit_rows() { return rows; }

std::string_view to_text(Fault fault) {
    switch (fault) {
    case Fault::zero_length: return "a packet of length zero";
    case Fault::oversized: return "the packet is too long";
    case Fault::unknown_command: return "no such command";
    case Fault::out_of_order: return "the command cannot come here";
    case Fault::truncated_arguments: return "an argument is missing";
    case Fault::missing_nul: return "a string is not terminated";
    case Fault::excess_arguments: return "bytes after the last argument";
    case Fault::old_version: return "the protocol version is older than 2";
    }
    return {};
}

std::string_view to_text(Stage stage) {
    static constexpr std::array<std::string_view, 10> names{
        "connect", "helo", "mail", "rcpt", "data", "end_of_message", "end_of_header", "header", "body", "unknown"};
    return names[static_cast<std::size_t>(stage)];
}

std::string ProtocolError::text() const {
    std::string result{command_name(command)};
    if (result.empty() && command != 0) {
        result = "command '";
        result += ascii::is_printable(command) ? command : '?';
        result += '\'';
    }
    if (!result.empty()) result += ": ";
    return result += to_text(fault);
}

} // namespace bonafide::io::milter
