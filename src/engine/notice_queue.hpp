// Notices that wait, and when each is due. One of a rule to an address in each interval; those between are counted, and the next one says how
// many. What the mail server does not take is tried again with growing pauses for an hour. Time comes in; not thread-safe; nothing waits.
#pragma once

#include "engine/clock.hpp"
#include "policy/notice.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bonafide::engine {

struct WaitingNotice {
    std::string rule;
    std::string address;
    policy::NoticeText text;
    policy::HeldBack held;
    Clock::TimePoint queued{};
    unsigned attempts = 0; ///< that failed
};

class NoticeQueue {
  public:
    using TimePoint = Clock::TimePoint;
    static constexpr std::chrono::seconds first_pause{30}; ///< doubled with each failure
    static constexpr std::chrono::minutes patience{60};    ///< then it is given up
    static constexpr std::size_t most_pairs = 20000; ///< of rule and address: as many as rules and their actions allow

    struct Bounds {
        std::chrono::milliseconds interval{0}; ///< 0: every one is sent
        std::size_t most_waiting = 0;
    };
    enum class Admission : std::uint8_t {
        wanted,  ///< add() it
        held,    ///< within the interval
        dropped, ///< too many wait
    };
    struct Admitted {
        Admission admission = Admission::wanted;
        policy::HeldBack held{}; ///< of `wanted`: what it is to tell of those before
    };
    /// `unix_now` is for people to read.
    [[nodiscard]] Admitted admit(const std::string& rule, const std::string& address, const Bounds& bounds,
                                 TimePoint now, std::int64_t unix_now);
    void add(WaitingNotice notice);

    /// One whose time has come; it is no longer in the queue.
    [[nodiscard]] std::optional<WaitingNotice> take(TimePoint now);
    [[nodiscard]] std::optional<WaitingNotice> take_any(); ///< whatever its time
    [[nodiscard]] std::optional<TimePoint> next_due() const;

    enum class Trouble : std::uint8_t {
        letter, ///< of this one
        server, ///< it cannot be reached, or takes no mail at all: the others wait as well
    };
    /// It was not taken for now. Returns those that are given up.
    [[nodiscard]] std::vector<WaitingNotice> put_back(WaitingNotice notice, Trouble trouble, TimePoint now);
    void server_is_well() { server_failures_ = 0; }

    [[nodiscard]] std::size_t size() const { return waiting_.size(); }

  private:
    struct Pair {
        std::optional<TimePoint> last; ///< when one was wanted
        policy::HeldBack held;
    };
    void make_room(TimePoint now, std::chrono::milliseconds interval);

    std::multimap<TimePoint, WaitingNotice> waiting_; ///< by when it is due
    std::map<std::pair<std::string, std::string>, Pair> pairs_;
    TimePoint not_before_{};
    unsigned server_failures_ = 0; ///< in a row
};

} // namespace bonafide::engine
