#include "engine/ledger.hpp"

#include "engine/ledger_state.hpp"

#include <utility>

namespace bonafide::engine {
namespace {

template<class State> class Source final : public HistorySource {
  public:
    Source(std::shared_ptr<State> state, LedgerReads::Post post) : state_(std::move(state)), post_(std::move(post)) {}

    std::shared_ptr<void> read(std::vector<verdict::PastKey> keys,
                               std::function<void(verdict::History)> done) override {
        return state_->read(std::move(keys), std::move(done), post_);
    }

  private:
    const std::shared_ptr<State> state_;
    const LedgerReads::Post post_;
};

} // namespace

Ledger::Ledger(std::unique_ptr<io::store::Store> store, LedgerBasis basis, Clock clock, LedgerEvents events)
    : state_(std::make_shared<State>(std::move(store), std::move(basis), std::move(clock), std::move(events))) {
    state_->start();
}

Ledger::~Ledger() { state_->stop(); }

std::shared_ptr<HistorySource> Ledger::source(std::function<void(std::function<void()>)> post) {
    return std::make_shared<Source<State>>(state_, std::move(post));
}

void Ledger::learn(const std::vector<verdict::Lesson>& lessons) { state_->learn(lessons); }

void Ledger::remember(std::string id, std::string queue_id, Finished finished, std::vector<verdict::Lesson> lessons) {
    state_->remember({std::move(id), std::move(queue_id), std::move(finished), std::move(lessons)});
}

std::shared_ptr<const verdict::Lists> Ledger::lists() const { return state_->lists(); }
void Ledger::configure(LedgerBasis basis) { state_->configure(std::move(basis)); }
void Ledger::on_lists(std::function<void(std::shared_ptr<const verdict::Lists>)> told) {
    state_->on_lists(std::move(told));
}
void Ledger::flush() { state_->flush(); }
Ledger::Counters Ledger::counters() const { return state_->counters(); }

} // namespace bonafide::engine
