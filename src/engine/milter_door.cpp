#include "engine/milter_door.hpp"

#include "engine/acting.hpp"

#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

namespace bonafide::engine {
namespace {

namespace milter = io::milter;

milter::Modification to_modification(const policy::HeaderEdit& edit) {
    using From = policy::HeaderEdit::Kind;
    using To = milter::Modification::Kind;
    switch (edit.kind) {
    case From::remove: return {To::remove, static_cast<std::uint32_t>(edit.position), edit.name, {}};
    case From::change: return {To::change, static_cast<std::uint32_t>(edit.position), edit.name, edit.value};
    case From::append: return {To::append, 0, edit.name, edit.value};
    case From::insert_top: break;
    }
    // Index 0 is above the MTA's own Received: RFC 8601 4, trace order.
    return {To::insert, 0, edit.name, edit.value};
}

milter::Reply to_reply(const policy::Decision& decision) {
    using Kind = milter::Reply::Kind;
    switch (decision.action) {
    case policy::Action::accept:
    case policy::Action::hold: break;
    case policy::Action::discard: return {Kind::discard, {}};
    case policy::Action::reject:
        return decision.smtp_reply.empty() ? milter::Reply{Kind::reject, {}} : milter::Reply::smtp(decision.smtp_reply);
    case policy::Action::defer:
        return decision.smtp_reply.empty() ? milter::Reply{Kind::defer, {}} : milter::Reply::smtp(decision.smtp_reply);
    }
    return {Kind::accept, {}};
}

milter::Verdict to_verdict(const policy::Decision& decision) {
    milter::Verdict verdict;
    for (const policy::HeaderEdit& edit : decision.edits) verdict.modifications.push_back(to_modification(edit));
    if (decision.action == policy::Action::hold)
        verdict.modifications.push_back({milter::Modification::Kind::quarantine, 0, {}, decision.why});
    verdict.reply = to_reply(decision);
    return verdict;
}

/// One of the messages that are counted while they are under way.
class Place {
  public:
    explicit Place(std::atomic<std::uint32_t>& taken) : taken_(taken), count_(++taken) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --taken_; }
    [[nodiscard]] std::uint32_t count() const { return count_; } ///< with this one

  private:
    std::atomic<std::uint32_t>& taken_;
    std::uint32_t count_;
};

class MilterDoor final : public milter::Handler {
  public:
    MilterDoor(MilterWorker& worker, milter::Connection& wire, std::string listener)
        : worker_(worker), wire_(wire), listener_(std::move(listener)), context_(worker.context),
          id_(fmt::format("{:x}-{:x}-{:x}-{:x}", context_.clock.unix_time(), worker.run, worker.thread,
                          ++worker.connections)) {}

    /// Where no answer is awaited Postfix keeps the commands back until DATA. Waiting for one at MAIL lets look-ups begin there, and lets
    /// a drain know of the message. At the other stages the MTA waits only where rules may refuse there; what a reload brings later is
    /// decided at the end on connections that are open.
    [[nodiscard]] milter::Needs needs() const override {
        milter::Needs needs;
        needs.replies = milter::StageSet::of(milter::Stage::mail);
        if (context_.acting == nullptr) return needs;
        const auto add = [&](policy::Level level, milter::Stage stage) {
            if (context_.acting->speaks_at(level)) needs.replies = needs.replies.with(stage);
        };
        add(policy::Level::connect, milter::Stage::connect);
        add(policy::Level::helo, milter::Stage::helo);
        add(policy::Level::rcpt, milter::Stage::rcpt);
        return needs;
    }

    void negotiated(const milter::Negotiated& terms) override {
        leading_space_ = terms.leading_space;
        silent_ = terms.silent;
        adds_fields_ = terms.add_headers;
        changes_fields_ = terms.change_headers;
        if ((terms.add_headers && terms.change_headers) || !worker_.on_restriction) return;
        std::exchange(worker_.on_restriction, {})(
            terms.add_headers
                ? "the MTA does not let this filter remove header fields: forged Authentication-Results stay"
                : "the MTA does not let this filter add header fields: mail carries no verdict");
    }

    milter::Outcome connect(const milter::Client& client) override {
        reset_connection();
        opened_ = true;
        broken_ = !guarded([&] {
            connection_->open({client.address,
                               client.port,
                               std::string(client.host),
                               std::string(wire_.macro("{daemon_name}")),
                               {},
                               listener_,
                               adds_fields_,
                               changes_fields_});
        });
        return ask(milter::Stage::connect,
                   [this](EarlyDone done) { connection_->decide(policy::Level::connect, std::move(done)); });
    }

    milter::Outcome helo(std::string_view name) override {
        guarded([&] { connection().helo(name); });
        return ask(milter::Stage::helo,
                   [this](EarlyDone done) { connection().decide(policy::Level::helo, std::move(done)); });
    }

    milter::Outcome mail(std::string_view path, std::span<const std::string_view>) override {
        leave();
        told_ = false;
        started_ = context_.clock.steady();
        body_bytes_ = 0;
        message_id_ = fmt::format("{}-{}", id_, ++messages_);
        guarded([&] {
            message_ = std::make_unique<Transaction>(connection());
            if (!enter()) message_->fail("overload");
            message_->mail(path, wire_.macro("{auth_authen}"));
            if (broken_) message_->fail();
        });
        return ask(milter::Stage::mail, [this](EarlyDone done) {
            if (!message_) return done({});
            if (message_->direction() == verdict::Direction::inbound && is_overloaded() &&
                connection().acting().failures.of("overload", listener_) == OnFailure::tempfail)
                return done({"451 4.3.2 This server is busy; please try again later", "failure.overload"});
            message_->decide_mail(std::move(done));
        });
    }

    milter::Outcome rcpt(std::string_view path, std::span<const std::string_view>) override {
        guarded([&] {
            if (message_) message_->rcpt(path);
        });
        recipient_ = path;
        return ask(milter::Stage::rcpt, [this](EarlyDone done) {
            if (!message_) return done({});
            message_->decide_recipient(std::move(done));
        });
    }

    milter::Reply header(std::string_view name, std::string_view value) override {
        guarded([&] {
            if (!message_) return;
            if (leading_space_)
                message_->header(name, value);
            else
                message_->header(name, ' ' + std::string(value)); // the MTA ate one space
        });
        return {};
    }

    milter::Outcome end_of_header() override {
        guarded([&] {
            if (message_) message_->end_of_header();
        });
        return milter::Reply::proceed();
    }

    milter::Reply body(std::string_view piece) override {
        body_bytes_ += piece.size();
        guarded([&] {
            if (message_) message_->body(piece);
        });
        return {};
    }

    std::optional<milter::Verdict> end_of_message() override {
        if (!message_) return unchecked();
        answer_.reset();
        asking_ = true;
        const bool well = guarded([&] { message_->end([this](Finished finished) { decided(std::move(finished)); }); });
        asking_ = false;
        if (!well && !answer_) return unchecked();
        return std::exchange(answer_, {});
    }

    void abort() noexcept override {
        if (message_ && !told_) {
            guarded([&] { keep_refused(); });
            tell(MessageEvent::End::aborted, nullptr);
        }
        leave();
    }

    void close() noexcept override {
        abort();
        connection_.reset();
    }

  private:
    /// Asks `decide` where the MTA waits at that stage; the answer comes now or later.
    template<class Decide> milter::Outcome ask(milter::Stage stage, Decide decide) {
        if (silent_.has(stage)) return milter::Reply::proceed();
        early_.reset();
        asking_ = true;
        waiting_at_ = stage;
        const bool well = guarded([&] { decide([this](Early early) { answer_early(std::move(early)); }); });
        asking_ = false;
        if (!well && !early_) return milter::Reply::proceed();
        return std::exchange(early_, {});
    }

    void answer_early(Early early) {
        milter::Reply reply = early.refuses() ? milter::Reply::smtp(early.smtp_reply) : milter::Reply::proceed();
        if (early.refuses()) guarded([&] { tell_refusal(early); });
        if (asking_)
            early_ = std::move(reply);
        else
            wire_.reply(std::move(reply));
    }

    void tell_refusal(const Early& early) {
        using milter::Stage;
        const bool of_message = message_ && (waiting_at_ == Stage::mail || waiting_at_ == Stage::rcpt);
        const policy::Level level = waiting_at_ == Stage::connect ? policy::Level::connect
                                    : waiting_at_ == Stage::helo  ? policy::Level::helo
                                    : waiting_at_ == Stage::mail  ? policy::Level::mail
                                                                  : policy::Level::rcpt;
        if (level == policy::Level::mail) told_ = true; // it has ended: no abort is told of it
        if (worker_.on_refused && level < policy::Level::rcpt)
            worker_.on_refused(of_message ? message_id_ : id_, wire_.macro("i"),
                               of_message ? message_->refused(early) : connection_->refused(level, early));
        if (!worker_.on_message) return;
        const bool of_recipient = of_message && level == policy::Level::rcpt;
        const Refusal refusal{level, of_message ? message_->facts() : connection_->facts(),
                              of_recipient ? std::string_view(recipient_) : std::string_view(), early,
                              of_recipient ? message_->recipient_outcome()
                              : of_message ? message_->outcome()
                                           : connection_->outcome()};
        const std::string& id = of_message ? message_id_ : id_;
        MessageEvent event{MessageEvent::End::refused, id, wire_.macro("i")};
        event.refusal = &refusal;
        worker_.on_message(event);
    }

    Connection& connection() {
        if (!connection_) reset_connection();
        if (!opened_) { // negotiated away or out of order: a peer nobody told us of
            connection_->open({});
            opened_ = true;
        }
        return *connection_;
    }

    void reset_connection() {
        leave();
        context_ = worker_.context; // what a reload has put there
        connection_ = std::make_unique<Connection>(context_);
        opened_ = false;
    }

    /// Whether there is room for one more message.
    bool enter() {
        if (worker_.under_way == nullptr || connection().direction() != verdict::Direction::inbound) return true;
        place_.emplace(*worker_.under_way);
        return !is_overloaded();
    }
    [[nodiscard]] bool is_overloaded() const {
        return place_ && place_->count() > context_.settings->limits.messages_at_once;
    }
    void keep_refused() {
        if (!worker_.on_refused) return;
        if (auto finished = message_->without_recipients())
            worker_.on_refused(message_id_, wire_.macro("i"), *std::move(finished));
    }
    void leave() {
        message_.reset();
        place_.reset();
    }

    /// For a message that could not even be begun, or whose decision could not be made.
    [[nodiscard]] milter::Verdict unchecked() const {
        const Settings& settings = *context_.settings;
        const OnFailure on = context_.acting ? context_.acting->failures.of("internal", listener_)
                                             : settings.failure.internal.value_or(settings.server.on_failure);
        if (on == OnFailure::tempfail) return {{}, {milter::Reply::Kind::defer, {}}};
        return {{{milter::Modification::Kind::insert, 0, "X-Bonafide-Unchecked", "internal"}},
                {milter::Reply::Kind::accept, {}}};
    }

    /// Runs `step`; an exception marks the message as unchecked instead of ending the connection. Always lets the MTA go on.
    /// False after an exception.
    template<class Step> bool guarded(Step step) {
        try {
            step();
            return true;
        } catch (const std::exception& error) {
            if (worker_.on_failure) worker_.on_failure(message_id_, error.what());
            if (message_) message_->fail();
            return false;
        }
    }

    void decided(Finished finished) {
        if (worker_.keeps_messages && finished.facts.direction == verdict::Direction::inbound)
            policy::stamp_id(finished.decision, message_id_);
        milter::Verdict verdict = to_verdict(finished.decision);
        guarded([&] { tell(MessageEvent::End::decided, &finished); }); // the message is decided, whatever the log does
        if (asking_)
            answer_ = std::move(verdict);
        else
            wire_.finish(std::move(verdict));
        // The Transaction goes with the next message; destroying it inside its own callback buys nothing.
    }

    void tell(MessageEvent::End end, Finished* finished) {
        told_ = true;
        if (!worker_.on_message) return;
        const auto lasted = std::chrono::duration_cast<std::chrono::microseconds>(context_.clock.steady() - started_);
        worker_.on_message({end, message_id_, wire_.macro("i"), finished, nullptr,
                            finished == nullptr ? &message_->outcome() : nullptr, lasted, body_bytes_});
    }

    MilterWorker& worker_;
    milter::Connection& wire_;
    std::string listener_;
    Context context_;
    std::string id_;
    std::string message_id_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Transaction> message_; // after connection_: goes first
    std::optional<milter::Verdict> answer_;
    milter::Outcome early_;
    milter::Stage waiting_at_ = milter::Stage::mail;
    milter::StageSet silent_;
    bool adds_fields_ = true, changes_fields_ = true;
    std::string recipient_; // as the MTA has it, of the stage rcpt
    std::chrono::steady_clock::time_point started_{};
    std::uint64_t body_bytes_ = 0;
    std::uint64_t messages_ = 0;
    bool leading_space_ = false;
    bool opened_ = false;
    std::optional<Place> place_;
    bool broken_ = false; // connect failed for a fault of ours: its messages are unchecked
    bool told_ = false;   // how the message ended
    bool asking_ = false; // inside a call of the MTA's: the answer is returned, not sent
};

} // namespace

std::unique_ptr<milter::Handler> make_milter_door(MilterWorker& worker, milter::Connection& connection,
                                                  std::string listener) {
    return std::make_unique<MilterDoor>(worker, connection, std::move(listener));
}

} // namespace bonafide::engine
