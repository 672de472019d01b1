#include "engine/notices.hpp"

#include "base/endpoint.hpp"
#include "dns/name.hpp"
#include "engine/message_log.hpp"

#include <algorithm>
#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace bonafide::engine {
namespace {

namespace smtp = io::smtp;
using Admission = NoticeQueue::Admission;
using Trouble = NoticeQueue::Trouble;
using Sent = std::expected<smtp::Outcome, smtp::Failure>;

/// What the settings say.
struct Sending {
    std::optional<ip::Endpoint> server; ///< none: nothing is sent
    std::string from;
    std::chrono::milliseconds timeout{0};
    NoticeQueue::Bounds bounds;
};

Sending sending_of(const Settings& settings, const std::string& host) {
    return {.server = ip::Endpoint::parse(settings.notify.smtp),
            .from = settings.notify.from.empty() ? "bonafide@" + host : settings.notify.from,
            .timeout = settings.notify.timeout,
            .bounds = {settings.notify.interval, settings.limits.notices_waiting}};
}

std::string random_word() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

const policy::Outcome* outcome_of(const MessageEvent& event) {
    if (event.refusal != nullptr) return &event.refusal->outcome;
    return event.finished == nullptr ? nullptr : &event.finished->outcome;
}

const verdict::Facts& facts_of(const MessageEvent& event) {
    return event.refusal != nullptr ? event.refusal->facts : event.finished->facts;
}

policy::Happening happening_of(const MessageEvent& event, std::string_view rule, bool kept, std::string_view dkim) {
    policy::Happening what{.rule = rule, .facts = facts_of(event)};
    what.id = event.id;
    what.queue_id = event.queue_id;
    if (const Refusal* refusal = event.refusal) {
        what.refused_at = refusal->level;
        what.recipient = refusal->recipient;
        what.by = refusal->early.by;
        what.reply = refusal->early.smtp_reply;
        what.would = refusal->outcome.would;
        return what;
    }
    const policy::Decision& decision = event.finished->decision;
    what.judgement = event.finished->judged();
    what.action = decision.action;
    what.by = decision.by;
    what.reply = decision.smtp_reply;
    what.would = decision.would;
    what.dkim = dkim;
    what.kept = kept;
    return what;
}

} // namespace

class Notices::State {
  public:
    State(io::Logger& log, const Settings& settings, std::string host, Send send, Clock clock)
        : log_(log), host_(std::move(host)), send_(std::move(send)), clock_(std::move(clock)),
          sending_(sending_of(settings, host_)), thread_([this] { run(); }) {}
    ~State() { stop(last_patience); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void configure(const Settings& settings) {
        const std::scoped_lock lock(mutex_);
        sending_ = sending_of(settings, host_);
    }

    void tell(const MessageEvent& event, bool kept) {
        const policy::Outcome* const outcome = outcome_of(event);
        if (outcome == nullptr || outcome->notify.empty() || is_ours(event)) return;
        for (std::size_t i = 0; i < outcome->notify.size(); ++i) {
            const auto before = std::span(outcome->notify).first(i); // an action that stands in a rule twice
            if (std::ranges::find(before, outcome->notify[i]) != before.end()) continue;
            const auto& [address, rule] = outcome->notify[i];
            const auto admitted = admit(rule, address);
            if (!admitted) continue;
            const std::string dkim = event.finished == nullptr ? "" : dkim_summary(event.finished->facts.dkim);
            add({rule, address, policy::describe(happening_of(event, rule, kept, dkim)), *admitted, clock_.steady()});
        }
    }

    Counters counters() const {
        const std::scoped_lock lock(mutex_);
        Counters counters = counters_;
        counters.waiting = queue_.size();
        return counters;
    }

    void stop(std::chrono::milliseconds patience) {
        {
            std::unique_lock lock(mutex_);
            if (std::exchange(stopping_, true)) return;
            wake_.notify_all();
            if (!ended_.wait_for(lock, patience, [this] { return is_over_; })) stop_.request_stop();
        }
        thread_.join();
    }

  private:
    bool is_ours(const MessageEvent& event) {
        const verdict::Facts& facts = facts_of(event);
        if (facts.direction != verdict::Direction::inbound) return true;
        if (event.refusal != nullptr && event.refusal->level < policy::Level::mail) {
            const std::scoped_lock lock(mutex_);
            const auto& client = facts.envelope.client;
            return client && (ip::is_loopback(*client) || (sending_.server && sending_.server->address == *client));
        }
        return facts.envelope.mail_from == "" || facts.letter.message_id.starts_with(id_prefix_);
    }

    /// What it is to tell of those before; nothing where none is wanted.
    std::optional<policy::HeldBack> admit(const std::string& rule, const std::string& address) {
        std::unique_lock lock(mutex_);
        if (!sending_.server || stopping_) return std::nullopt;
        const auto admitted = queue_.admit(rule, address, sending_.bounds, clock_.steady(), clock_.unix_time());
        if (admitted.admission == Admission::wanted) return admitted.held;
        ++(admitted.admission == Admission::held ? counters_.held : counters_.dropped);
        const bool is_news = admitted.admission == Admission::dropped && !std::exchange(told_full_, true);
        lock.unlock();
        if (is_news)
            log_.warning("notices.full", {{"rule", rule}, {"why", "limits.notices_waiting notices wait to be sent"}});
        return std::nullopt;
    }

    void add(WaitingNotice notice) {
        const std::scoped_lock lock(mutex_);
        queue_.add(std::move(notice));
        wake_.notify_all();
    }

    // ---- the thread

    void run() {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            const auto now = clock_.steady();
            if (auto notice = queue_.take(now)) {
                deliver(lock, std::move(*notice));
            } else if (const auto next = queue_.next_due()) {
                wake_.wait_for(lock, *next - now);
            } else {
                wake_.wait(lock);
            }
        }
        bool reachable = true;
        while (reachable && !stop_.stop_requested()) {
            auto notice = queue_.take_any();
            if (!notice) break;
            reachable = deliver(lock, std::move(*notice));
        }
        const std::size_t lost = std::exchange(lost_, 0) + queue_.size();
        counters_.dropped += lost;
        if (lost > 0) log_.warning("notices.lost", {{"count", lost}, {"why", "the daemon ends"}});
        is_over_ = true;
        ended_.notify_all();
    }

    /// Without the lock while it is sent. False: no mail is to be got rid of.
    bool deliver(std::unique_lock<std::mutex>& lock, WaitingNotice notice) {
        const Sending sending = sending_;
        const std::string message_id = fmt::format("{}{}@{}", id_prefix_, ++count_, host_);
        if (!sending.server) return count_dropped();
        lock.unlock();
        const smtp::Letter letter{
            .mail_from = {},
            .recipients = {notice.address},
            .message = policy::write_notice(notice.text, {sending.from, notice.address, message_id, clock_.unix_time()},
                                            notice.held)};
        const Sent result = attempt({*sending.server, host_, smtp::Timeouts::at_most(sending.timeout)}, letter);
        lock.lock();
        return result ? sent(notice, *result) : not_sent(std::move(notice), result.error());
    }

    /// Nothing that goes wrong here may end the thread, such as no descriptor for a socket.
    Sent attempt(const smtp::Target& target, const smtp::Letter& letter) {
        try {
            return send_(target, letter, stop_.get_token());
        } catch (const std::exception& error) {
            return std::unexpected(smtp::Failure{false, smtp::Step::connect, error.what()});
        }
    }

    bool count_dropped() {
        ++counters_.dropped;
        return true;
    }

    bool sent(const WaitingNotice& notice, const smtp::Outcome& outcome) {
        ++counters_.sent;
        queue_.server_is_well();
        told_full_ = told_delay_ = false;
        log_.info("notice.sent", {{"rule", notice.rule}, {"to", notice.address}, {"reply", outcome.reply}});
        return true;
    }

    bool not_sent(WaitingNotice notice, const smtp::Failure& why) {
        const bool server = why.step <= smtp::Step::hello && why.step != smtp::Step::letter;
        if (why.permanent) {
            give_up(notice, why.text);
            return true;
        }
        if (stopping_) {
            ++lost_;
            return !server;
        }
        if (!std::exchange(told_delay_, true))
            log_.warning("notice.delayed", {{"rule", notice.rule}, {"to", notice.address}, {"why", why.text}});
        for (const WaitingNotice& one :
             queue_.put_back(std::move(notice), server ? Trouble::server : Trouble::letter, clock_.steady()))
            give_up(one, why.text);
        return !server;
    }

    void give_up(const WaitingNotice& notice, const std::string& why) {
        ++counters_.failed;
        log_.warning("notice.failed",
                     {{"rule", notice.rule}, {"to", notice.address}, {"subject", notice.text.subject}, {"why", why}});
    }

    io::Logger& log_;
    const std::string host_;
    const Send send_;
    const Clock clock_;
    const std::string id_prefix_ = fmt::format("bonafide.{}.", random_word()); // of Message-IDs; nobody guesses it
    mutable std::mutex mutex_;                                                 // guards all below but stop_
    std::condition_variable wake_, ended_;
    Sending sending_;
    NoticeQueue queue_;
    Counters counters_;
    std::uint64_t count_ = 0;
    std::size_t lost_ = 0;    // tried in vain while the daemon ends
    bool told_full_ = false;  // the log knows
    bool told_delay_ = false; // likewise
    bool stopping_ = false;
    bool is_over_ = false;
    std::stop_source stop_;
    std::thread thread_; // last: it uses all of them
};

Notices::Notices(io::Logger& log, std::shared_ptr<const Settings> settings, const std::string& host_name, Send send,
                 Clock clock)
    : state_(std::make_unique<State>(log, *settings, dns::is_hostname_like(host_name) ? host_name : "localhost",
                                     std::move(send), std::move(clock))) {}
Notices::~Notices() = default;

void Notices::configure(const std::shared_ptr<const Settings>& settings) { state_->configure(*settings); }
void Notices::tell(const MessageEvent& event, bool kept) { state_->tell(event, kept); }
Notices::Counters Notices::counters() const { return state_->counters(); }
void Notices::stop(std::chrono::milliseconds patience) { state_->stop(patience); }

} // namespace bonafide::engine
