// What a milter connection tells and asks its owner: the border between src/io (framing, sockets) and the engine (what mail means).
// No Asio here. One Handler per connection, made on the connection's worker thread; every call on either side happens on that thread,
// never two at once. Views passed to a handler live until the call returns.
//
// Order of calls (names in brackets may be missing, as MTA and negotiation have it):
//   needs negotiated ( [connect] [helo]* ( mail rcpt* [data] header* [end_of_header] body* end_of_message )* )* close
// `abort` may come anywhere between mail() and the end of that message (also while an answer is due and takes too long, which the MTA
// is told as a temporary failure): the message is dropped, the connection goes on. When the answer at connect or helo takes too long the
// connection ends; at rcpt the message goes on and ends in a temporary failure. A message has
// ended when end_of_message was answered, or when a reply other than proceed or skip was given at mail, data, header, end_of_header or
// body (at rcpt such a reply concerns the one recipient); nothing more is said about an ended message, no abort either.
// Sendmail's quit-new-connection starts again at connect() with the same handler, after a call of close().
// On disconnect or protocol error: abort() when a message was under way, then close(), then destruction. Work that a handler left
// running (DNS) must not outlive it.
#pragma once

#include "base/ip.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io::milter {

/// A stage of the conversation. The first seven have macros; their values are the protocol's own numbers (SMFIM_*).
enum class Stage : std::uint8_t {
    connect,
    helo,
    mail,
    rcpt,
    data,
    end_of_message,
    end_of_header,
    header,
    body,
    unknown
};
inline constexpr std::size_t macro_stages = 7;
[[nodiscard]] std::string_view to_text(Stage stage);

/// A set of stages.
class StageSet {
  public:
    constexpr StageSet() = default;
    template<class... Stages> [[nodiscard]] static constexpr StageSet of(Stages... stages) {
        StageSet set;
        ((set.bits_ = static_cast<std::uint16_t>(set.bits_ | bit(stages))), ...);
        return set;
    }
    [[nodiscard]] constexpr bool has(Stage stage) const { return (bits_ & bit(stage)) != 0; }
    [[nodiscard]] constexpr StageSet with(Stage stage) const {
        StageSet set = *this;
        set.bits_ = static_cast<std::uint16_t>(set.bits_ | bit(stage));
        return set;
    }
    bool operator==(const StageSet&) const = default;

  private:
    static constexpr std::uint16_t bit(Stage stage) {
        return static_cast<std::uint16_t>(1U << static_cast<unsigned>(stage));
    }
    std::uint16_t bits_ = 0;
};

/// What the MTA is told at a stage.
struct [[nodiscard]] Reply {
    enum class Kind : std::uint8_t {
        proceed, ///< go on
        accept,  ///< take this message (at connect and helo: everything of this connection) without further questions
        reject,  ///< 5xx in the MTA's words
        defer,   ///< 4xx in the MTA's words
        discard, ///< take and drop; not at connect or helo
        skip,    ///< at body: no further chunks wanted; proceed where the MTA does not know it
        smtp     ///< `text` is the reply
    };
    Kind kind = Kind::proceed;
    /// For smtp: "550 5.7.26 text", lines separated by LF (code and enhanced code stand in the first line only and are repeated on the
    /// wire). '%' needs no doubling here. A text that valid_reply() refuses becomes plain reject or defer by its first digit.
    std::string text;

    [[nodiscard]] static Reply proceed() { return {}; }
    [[nodiscard]] static Reply smtp(std::string text) { return {Kind::smtp, std::move(text)}; }
    bool operator==(const Reply&) const = default;
};

/// A change of the message, possible at its end only.
struct Modification {
    enum class Kind : std::uint8_t {
        insert, ///< `index` fields stand above it in the message as the MTA will deliver it: 0 is above its own Received, 1 below
        append,    ///< at the end of the header
        change,    ///< the `index`-th field of that name, from 1, as counted in what the handler was shown
        remove,    ///< likewise
        quarantine ///< the MTA's hold queue; `value` is the reason
    };
    Kind kind = Kind::insert;
    std::uint32_t index = 0;
    std::string name;
    std::string value; ///< without name and colon; folded with CRLF or LF; a leading blank may be there or not
};

/// The answer at the end of a message.
struct [[nodiscard]] Verdict {
    std::vector<Modification>
        modifications; ///< sent in this order; those the MTA did not agree to are left out and counted
    Reply reply;       ///< skip means proceed here
};

/// What a handler asks for, before negotiation.
struct Needs {
    /// Stages the handler wants to hear of. end_of_message always comes; `unknown` (SMTP commands the MTA does not know) seldom helps.
    StageSet events = StageSet::of(Stage::connect, Stage::helo, Stage::mail, Stage::rcpt, Stage::data, Stage::header,
                                   Stage::end_of_header, Stage::body);
    /// Stages at which the handler may say something other than proceed. At the others the MTA is asked not to wait (SMFIP_NR_*) and
    /// whatever the handler returns counts as proceed. end_of_message is always answered.
    StageSet replies;
    bool change_headers = true;       ///< insert, append, change, remove
    bool quarantine = true;           ///< the hold queue
    bool rejected_recipients = false; ///< hear of recipients that the MTA has refused itself
    bool leading_space = true;        ///< header values exactly as they stand after the colon, where the MTA can
    /// Macros wanted per stage, space-separated (SMFIR_SETSYMLIST, version 6); empty: whatever the MTA's configuration says.
    std::array<std::string_view, macro_stages> macros = default_macros;

    static constexpr std::array<std::string_view, macro_stages> default_macros{
        "j _ v {daemon_name} {daemon_addr} {daemon_port} {if_name} {if_addr} {client_name} {client_addr} {client_port} "
        "{client_ptr} "
        "{client_resolve}",
        "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer} {verify}",
        "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}",
        "{rcpt_addr} {rcpt_host} {rcpt_mailer}",
        "i",
        "i",
        "i"};
};

/// What was agreed.
struct Negotiated {
    std::uint32_t version = 2;   ///< 2..6, the lower of both sides
    bool add_headers = false;    ///< insert and append are possible
    bool change_headers = false; ///< change and remove are possible
    bool quarantine = false;
    bool skip = false; ///< Reply skip works
    bool rejected_recipients = false;
    /// Header values come with whatever stood after the colon. Otherwise the MTA has eaten one space: "Name: value" came as "value".
    bool leading_space = false;
    bool macro_lists = false; ///< the MTA was asked for our macros
    StageSet events;          ///< stages that will be heard of
    StageSet silent;          ///< stages the MTA does not wait at
};

/// The SMTP client as the MTA names it.
struct Client {
    std::string_view host;              ///< name from reverse DNS, or "[192.0.2.1]", or "localhost"
    std::optional<ip::Address> address; ///< none for unix-domain and unknown peers, and for text that is no address
    std::uint16_t port = 0;             ///< 0: not told
};

/// The connection as its handler sees it. Outlives the handler.
class Connection {
  public:
    /// A macro's value: macro("i"), macro("{daemon_name}"); one-letter names with or without braces. Latest stage first. Empty when the
    /// MTA did not send it. Stages' macros end as libmilter's do: those of a stage and of all later ones when that stage comes anew, all of
    /// a message when it ends. The view lives until the handler returns.
    [[nodiscard]] virtual std::string_view macro(std::string_view name) const = 0;
    /// The later answer of a stage method that returned nothing. Without such a question waiting it is ignored. Never calls back into
    /// the handler before it returns.
    virtual void reply(Reply reply) = 0;
    /// The later answer of end_of_message.
    virtual void finish(Verdict verdict) = 0;

  protected:
    ~Connection() = default;
};

// An exception from a handler is counted and ends the message in a temporary failure: the last resort, not a way to say something.

/// Now (a value), or later through Connection::reply (nothing). While an answer is due nothing more is read from the MTA.
using Outcome = std::optional<Reply>;

class Handler {
  public:
    virtual ~Handler() = default;

    [[nodiscard]] virtual Needs needs() const { return {}; }
    virtual void negotiated(const Negotiated&) {}
    [[nodiscard]] virtual Outcome connect(const Client&) { return Reply::proceed(); }
    [[nodiscard]] virtual Outcome helo(std::string_view /*name*/) { return Reply::proceed(); }
    /// `path` as the SMTP client wrote it, angle brackets included ("<>" is the null reverse-path); `parameters` are the ESMTP ones.
    [[nodiscard]] virtual Outcome mail(std::string_view /*path*/, std::span<const std::string_view> /*parameters*/) {
        return Reply::proceed();
    }
    [[nodiscard]] virtual Outcome rcpt(std::string_view /*path*/, std::span<const std::string_view> /*parameters*/) {
        return Reply::proceed();
    }
    [[nodiscard]] virtual Outcome data() { return Reply::proceed(); }
    [[nodiscard]] virtual Outcome unknown(std::string_view /*command*/) { return Reply::proceed(); }
    /// One field; line breaks within the value are LF, as MTAs send them. Answered at once (a message has hundreds).
    [[nodiscard]] virtual Reply header(std::string_view /*name*/, std::string_view /*value*/) { return {}; }
    [[nodiscard]] virtual Outcome end_of_header() { return Reply::proceed(); }
    /// A piece of the body as it came off the socket, CRLF line ends, cut anywhere. One chunk of the MTA may come in several calls and is
    /// answered by the first reply that is not proceed.
    [[nodiscard]] virtual Reply body(std::string_view /*piece*/) { return {}; }
    /// Now, or later through Connection::finish; meanwhile the MTA is told of progress.
    [[nodiscard]] virtual std::optional<Verdict> end_of_message() { return Verdict{}; }
    virtual void abort() noexcept {}
    virtual void close() noexcept {}
};

/// Makes the handler of a new connection, on its worker thread. `listener`: the address as Server::listen() was given it.
using HandlerFactory =
    std::function<std::unique_ptr<Handler>(std::size_t thread, Connection&, const std::string& listener)>;

} // namespace bonafide::io::milter
