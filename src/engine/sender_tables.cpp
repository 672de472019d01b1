#include "engine/sender_tables.hpp"

#include <atomic>
#include <condition_variable>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bonafide::engine {

struct SenderTables::State {
    SenderTableEvents events;

    std::mutex reading; ///< one at a time; guards what follows
    std::unique_ptr<SenderSources> sources;
    std::string told; ///< what cannot be read, as it was last said

    mutable std::mutex shown; ///< guards what any thread reads
    SenderSource::Value value;
    Counters counters;

    std::mutex waiting;
    std::condition_variable wake;
    std::chrono::milliseconds interval{0}; ///< guarded by `waiting`, as is `ended`; 0: nothing is looked at
    std::atomic<bool> ended = false;
    std::thread thread;

    void show(SenderSource::Value next) {
        const std::scoped_lock lock(shown);
        value = std::move(next);
    }

    void tell() {
        const auto troubles = sources->troubles();
        std::vector<std::string> texts;
        for (const auto& trouble : troubles) texts.push_back(fmt::format("{}: {}", trouble.setting, trouble.what.text));
        std::string now = fmt::format("{}", fmt::join(texts, "; "));
        {
            const std::scoped_lock lock(shown);
            counters = {value != nullptr ? value->size() : 0, sources->scripts(), !now.empty()};
        }
        if (now == told) return;
        told = std::move(now);
        if (!events.on_warning) return;
        if (told.empty())
            events.on_warning("recipients.recovered", "all of it can be read");
        else
            events.on_warning("recipients.failed", told);
    }

    void look() {
        const std::scoped_lock lock(reading);
        if (sources->refresh([this] { return ended.load(); })) {
            show(sources->value());
            if (events.on_change) events.on_change(sources->value());
        }
        tell();
    }

    Expected<void> use(const std::shared_ptr<const Settings>& next) {
        auto fresh = std::make_unique<SenderSources>(next);
        fresh->refresh([this] { return ended.load(); });
        for (const auto& trouble : fresh->troubles())
            if (!trouble.what.is_partial) return failure(fmt::format("{}: {}", trouble.setting, trouble.what.text));
        const std::scoped_lock lock(reading);
        sources = std::move(fresh);
        show(sources->value());
        tell();
        {
            const std::scoped_lock waiter(waiting);
            interval = sources->value() == nullptr ? std::chrono::milliseconds{0} : next->recipients.reload;
        }
        wake.notify_all();
        return {};
    }

    void run() {
        std::unique_lock lock(waiting);
        while (!ended) {
            const auto before = interval;
            const auto is_disturbed = [&] { return ended.load() || interval != before; };
            if (before.count() == 0) {
                wake.wait(lock, is_disturbed);
                continue;
            }
            if (wake.wait_for(lock, before, is_disturbed)) continue;
            lock.unlock();
            look_safely();
            lock.lock();
        }
    }

    /// Memory may be short while a file is read; the old table stays.
    void look_safely() {
        try {
            look();
        } catch (const std::exception& error) {
            if (events.on_warning) events.on_warning("recipients.failed", error.what());
        }
    }
};

SenderTables::SenderTables(std::unique_ptr<State> state) : state_(std::move(state)) {
    state_->thread = std::thread([this] { state_->run(); });
}

SenderTables::~SenderTables() {
    {
        const std::scoped_lock lock(state_->waiting);
        state_->ended = true;
    }
    state_->wake.notify_all();
    state_->thread.join();
}

Expected<std::unique_ptr<SenderTables>> SenderTables::start(const std::shared_ptr<const Settings>& settings,
                                                            SenderTableEvents events) {
    auto state = std::make_unique<State>();
    state->events = std::move(events);
    if (auto used = state->use(settings); !used) return std::unexpected(std::move(used.error()));
    return std::unique_ptr<SenderTables>(new SenderTables(std::move(state)));
}

SenderSource::Value SenderTables::current() const {
    const std::scoped_lock lock(state_->shown);
    return state_->value;
}

Expected<void> SenderTables::configure(const std::shared_ptr<const Settings>& settings) {
    return state_->use(settings);
}

void SenderTables::refresh() { state_->look(); }

SenderTables::Counters SenderTables::counters() const {
    const std::scoped_lock lock(state_->shown);
    return state_->counters;
}

} // namespace bonafide::engine
