#include "io/blocking_resolver.hpp"

#include "io/answer_cache.hpp"

#include <boost/asio/io_context.hpp>
#include <utility>

namespace bonafide::io {
namespace {

class BlockingResolver final : public dns::Source {
  public:
    [[nodiscard]] Expected<void> open(ResolverSettings settings) {
        auto resolver = Resolver::make(context_, std::move(settings), cache_);
        if (!resolver) return std::unexpected(resolver.error());
        resolver_ = std::move(*resolver);
        return {};
    }

    [[nodiscard]] dns::Answer answer(const dns::Question& question) const override {
        if (dns::Answer known = resolver_->try_now(question)) return known;
        // Shared with the callback, which may come later than we wait.
        const auto reply = std::make_shared<dns::Answer>();
        resolver_->ask(question, [reply](dns::Answer answer) { *reply = std::move(answer); });
        context_.restart();
        // The resolver answers or times out by itself; a loop that has nothing left to do is a lost question.
        while (!*reply && context_.run_one() > 0) {}
        return *reply ? *reply : dns::make_answer(dns::Status::timeout);
    }

  private:
    // Destroyed in the reverse order: the resolver first.
    mutable boost::asio::io_context context_;
    AnswerCache cache_{AnswerCache::Settings{}};
    std::unique_ptr<Resolver> resolver_;
};

} // namespace

Expected<std::shared_ptr<const dns::Source>> open_blocking_resolver(ResolverSettings settings) {
    auto source = std::make_shared<BlockingResolver>();
    if (auto opened = source->open(std::move(settings)); !opened) return std::unexpected(opened.error());
    return source;
}

} // namespace bonafide::io
