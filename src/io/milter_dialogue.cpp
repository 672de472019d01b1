#include "io/milter_dialogue.hpp"

#include "io/milter_negotiation.hpp"

#include <exception>
#include <utility>

namespace bonafide::io::milter {
namespace {

/// Whether a reply at that stage is the last word about the message (at rcpt a refusal concerns the one recipient).
bool ends_message(Stage stage, Reply::Kind kind) {
    using Kind = Reply::Kind;
    if (kind == Kind::proceed || kind == Kind::skip) return false;
    switch (stage) {
    case Stage::connect:
    case Stage::helo:
    case Stage::unknown: return false;
    case Stage::rcpt: return kind == Kind::accept || kind == Kind::discard;
    default: return true;
    }
}

} // namespace

void Dialogue::feed(std::string_view bytes) {
    if (ended()) return;
    reader_.feed(bytes);
    run();
    if (awaiting()) reader_.keep();
}

void Dialogue::resume() {
    if (ended() || !given_) return;
    const auto given = std::exchange(given_, nullptr);
    ++steps_;
    if (std::exchange(awaited_, Awaited::nothing) == Awaited::verdict)
        answer_end(*given);
    else
        answer(awaited_at_, given->reply);
    run();
}

void Dialogue::give_up() {
    if (ended() || !awaiting() || given_) return;
    ++steps_;
    if (std::exchange(awaited_, Awaited::nothing) == Awaited::verdict) { // finish() comes too late from here on
        (void)append_reply(output_, {Reply::Kind::defer, {}});
        drop_message();
    } else {
        give_up_reply();
    }
    run();
}

void Dialogue::give_up_reply() {
    const bool was_in_message = in_message();
    failed_ =
        true; // where the message goes on (at rcpt, or where the MTA does not wait) its end is a temporary failure
    answer(awaited_at_, {Reply::Kind::defer, {}});
    if (!was_in_message) return end(Ending::closed_by_us); // the late reply must not count for the next question
    if (!in_message()) handler_->abort();
}

void Dialogue::run() {
    while (!ended() && !awaiting()) {
        const auto frame = reader_.next();
        if (!frame) return fail(frame.error());
        if (!*frame) return;
        if ((*frame)->complete || !(*frame)->arguments.empty()) ++steps_;
        if (const auto fault = handle(**frame)) return fail({*fault, static_cast<char>((*frame)->command)});
    }
}

bool Dialogue::may_come(Command command) const {
    switch (command) {
    case Command::negotiate: return phase_ == Phase::start || phase_ == Phase::ready;
    case Command::connect: return phase_ == Phase::ready;
    case Command::helo:
    case Command::mail:
        return phase_ >= Phase::connected || (phase_ == Phase::ready && !terms_.events.has(Stage::connect));
    case Command::rcpt:
    case Command::data: return phase_ == Phase::mail || phase_ == Phase::rcpt;
    case Command::header:
    case Command::end_of_header: return phase_ >= Phase::mail && phase_ <= Phase::header;
    case Command::body:
    case Command::end_of_message:
        return phase_ >= Phase::end_of_header || (phase_ >= Phase::mail && !terms_.events.has(Stage::end_of_header));
    case Command::quit: return true;
    case Command::abort:
    case Command::macros:
    case Command::quit_new_connection:
    case Command::unknown: return phase_ != Phase::start;
    }
    return false;
}

std::optional<Fault> Dialogue::handle(const Frame& frame) {
    if (!may_come(frame.command)) return Fault::out_of_order;
    switch (frame.command) {
    case Command::negotiate: return handle_negotiation(frame.arguments);
    case Command::macros:
        if (const auto taken = macros_.take(frame.arguments); !taken) return taken.error();
        return {};
    case Command::header: return handle_header(frame.arguments);
    case Command::body:
    case Command::end_of_message: return handle_body(frame);
    case Command::mail:
    case Command::rcpt: return handle_envelope(frame);
    default: return handle_connection(frame);
    }
}

std::optional<Fault> Dialogue::handle_negotiation(std::string_view packet) {
    const auto offer = read_offer(packet);
    if (!offer) return offer.error();
    const Needs needs = handler_->needs();
    const auto agreement = negotiate(*offer, needs);
    if (!agreement) return agreement.error();
    terms_ = agreement->terms;
    replies_ = needs.replies;
    output_ += agreement->packet;
    phase_ = Phase::ready;
    handler_->negotiated(terms_);
    return {};
}

std::optional<Fault> Dialogue::handle_connection(const Frame& frame) {
    switch (frame.command) {
    case Command::connect: {
        const auto client = read_client(frame.arguments);
        if (!client) return client.error();
        begin(Stage::connect, Phase::connected);
        ask(Stage::connect, [&] { return handler_->connect(*client); });
        return {};
    }
    case Command::helo: {
        const auto name = read_string(frame.arguments);
        if (!name) return name.error();
        drop_message();
        begin(Stage::helo, Phase::greeted);
        ask(Stage::helo, [&] { return handler_->helo(*name); });
        return {};
    }
    case Command::unknown: {
        const auto text = read_string(frame.arguments);
        if (!text) return text.error();
        ask(Stage::unknown, [&] { return handler_->unknown(*text); });
        return {};
    }
    case Command::data:
        begin(Stage::data, Phase::data);
        ask(Stage::data, [&] { return handler_->data(); });
        return {};
    case Command::end_of_header:
        begin(Stage::end_of_header, Phase::end_of_header);
        ask(Stage::end_of_header, [&] { return handler_->end_of_header(); });
        return {};
    case Command::abort: drop_message(); return {};
    case Command::quit_new_connection:
        drop_message();
        handler_->close();
        macros_.forget_all();
        phase_ = Phase::ready;
        return {};
    default: end(Ending::quit); return {};
    }
}

std::optional<Fault> Dialogue::handle_envelope(const Frame& frame) {
    const auto arguments = read_arguments(frame.arguments);
    if (!arguments) return arguments.error();
    if (frame.command == Command::mail) {
        if (in_message()) { // the macros just sent belong to the new message
            handler_->abort();
            phase_ = Phase::greeted;
        }
        failed_ = false;
        begin(Stage::mail, Phase::mail);
        ask(Stage::mail, [&] { return handler_->mail(arguments->path(), arguments->parameters()); });
    } else {
        begin(Stage::rcpt, Phase::rcpt);
        ask(Stage::rcpt, [&] { return handler_->rcpt(arguments->path(), arguments->parameters()); });
    }
    return {};
}

// The busiest of all: no allocation, no lookup, and no answer where the MTA does not wait.
std::optional<Fault> Dialogue::handle_header(std::string_view packet) {
    const auto field = read_field(packet);
    if (!field) return field.error();
    phase_ = Phase::header;
    Reply reply;
    try {
        reply = handler_->header(field->name, field->value);
    } catch (const std::exception&) {
        handler_failed();
    }
    answer(Stage::header, reply);
    return {};
}

std::optional<Fault> Dialogue::handle_body(const Frame& frame) {
    phase_ = Phase::body;
    if (!frame.arguments.empty() && !chunk_reply_) {
        try {
            Reply reply = handler_->body(frame.arguments);
            if (reply.kind != Reply::Kind::proceed && replies_.has(Stage::body)) chunk_reply_ = std::move(reply);
        } catch (const std::exception&) {
            handler_failed();
        }
    }
    if (!frame.complete) return {};
    Reply reply = std::exchange(chunk_reply_, {}).value_or(Reply::proceed());
    if (frame.command == Command::body) {
        if (reply.kind == Reply::Kind::skip && !terms_.skip) reply = Reply::proceed();
        answer(Stage::body, reply);
    } else if (ends_message(Stage::body, reply.kind)) {
        answer_end({{}, std::move(reply)});
    } else {
        ask_end_of_message();
    }
    return {};
}

/// The stage comes (anew): what was said of later ones is no longer so.
void Dialogue::begin(Stage stage, Phase phase) {
    macros_.forget_after(stage);
    phase_ = phase;
}

template<class Ask> void Dialogue::ask(Stage stage, Ask&& question) {
    Outcome outcome;
    awaited_ = Awaited::reply; // an answer given from within the call counts
    awaited_at_ = stage;
    try {
        outcome = question();
    } catch (const std::exception&) {
        handler_failed();
        outcome = Reply{Reply::Kind::defer, {}};
    }
    if (!outcome) return;
    awaited_ = Awaited::nothing;
    given_.reset();
    answer(stage, *outcome);
}

void Dialogue::answer(Stage stage, const Reply& reply) {
    const bool allowed = replies_.has(stage) || (failed_ && !terms_.silent.has(stage));
    const bool discards_connection = reply.kind == Reply::Kind::discard &&
                                     (stage == Stage::connect || stage == Stage::helo || stage == Stage::unknown);
    const bool proceeds = reply.kind == Reply::Kind::proceed || !allowed || discards_connection;
    if (proceeds) {
        if (reply.kind != Reply::Kind::proceed) ++mishaps_.left_out;
        if (!terms_.silent.has(stage)) append_packet(output_, response::proceed);
        return;
    }
    if (!append_reply(output_, reply)) ++mishaps_.left_out;
    if (ends_message(stage, reply.kind)) message_over();
}

void Dialogue::ask_end_of_message() {
    std::optional<Verdict> verdict;
    awaited_ = Awaited::verdict;
    awaited_at_ = Stage::end_of_message;
    try {
        verdict = handler_->end_of_message();
    } catch (const std::exception&) {
        handler_failed();
        verdict.emplace();
    }
    if (!verdict) return;
    awaited_ = Awaited::nothing;
    given_.reset();
    answer_end(*verdict);
}

void Dialogue::answer_end(const Verdict& verdict) {
    using Kind = Modification::Kind;
    const Blank blank = terms_.leading_space ? Blank::by_us : Blank::by_mta;
    for (const Modification& modification : verdict.modifications) {
        if (failed_) break;
        const Kind kind = modification.kind;
        const bool agreed = kind == Kind::quarantine                       ? terms_.quarantine
                            : kind == Kind::insert || kind == Kind::append ? terms_.add_headers
                                                                           : terms_.change_headers;
        if (!agreed || !append_modification(output_, modification, blank)) ++mishaps_.left_out;
    }
    Reply reply = verdict.reply;
    if (failed_) reply = {Reply::Kind::defer, {}};
    if (reply.kind == Reply::Kind::skip) reply = Reply::proceed();
    if (!append_reply(output_, reply)) ++mishaps_.left_out;
    message_over();
}

void Dialogue::reply(Reply reply) {
    if (awaited_ != Awaited::reply || given_) return;
    given_ = std::make_unique<Verdict>(Verdict{{}, std::move(reply)});
    answered_();
}

void Dialogue::finish(Verdict verdict) {
    if (awaited_ != Awaited::verdict || given_) return;
    given_ = std::make_unique<Verdict>(std::move(verdict));
    answered_();
}

void Dialogue::message_over() {
    if (!in_message()) return;
    macros_.forget_message();
    chunk_reply_.reset();
    phase_ = Phase::greeted;
    failed_ = false;
}

void Dialogue::drop_message() {
    if (!in_message()) return;
    message_over();
    handler_->abort();
}

void Dialogue::fail(ProtocolError error) {
    error_ = error;
    end(Ending::protocol_error);
}

void Dialogue::end(Ending why) {
    if (ended()) return;
    ending_ = why;
    awaited_ = Awaited::nothing;
    given_.reset();
    drop_message();
    if (handler_) handler_->close();
    handler_.reset();
}

} // namespace bonafide::io::milter
