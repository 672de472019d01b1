// The users' Sieve scripts as a source of senders: each is read again when it alone has changed.
#include "base/escape.hpp"
#include "engine/sender_sources.hpp"
#include "engine/sieve_scripts.hpp"
#include "io/watched_file.hpp"
#include "policy/sieve_senders.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <unordered_map>
#include <utility>

namespace bonafide::engine {
namespace {

using policy::RecipientSenders;

constexpr std::size_t most_scripts = 1'000'000;

class SieveSource final : public SenderSource {
  public:
    explicit SieveSource(const Settings& settings)
        : SenderSource("recipients.sieve"), limits_(settings.limits), domains_(settings.lists.accepted_domains) {
        if (auto pattern = SievePattern::parse(settings.recipients.sieve)) pattern_ = *std::move(pattern);
    }

    void refresh(std::size_t most_entries, const std::function<bool()>& stopped) override {
        if (!pattern_) return complain("is no path with {user}");
        if (!pattern_->has_domain() && domains_.empty())
            return complain("without {domain} lists.accepted_domains has to say which domains are ours");
        const SievePattern::Found found = pattern_->find(most_scripts);
        if (found.base_missing) return complain(found.unreadable.front().why);
        ++round_;
        failed_ = 0;
        first_failure_.clear();
        changed_ = value() == nullptr;
        for (const auto& folder : found.unreadable) keep_below(folder);
        for (const SievePattern::Script& script : found.scripts) {
            if (stopped()) return;
            look_at(script);
        }
        forget_what_is_gone();
        finish(most_entries);
    }

    [[nodiscard]] std::size_t scripts() const override { return scripts_.size(); }

  private:
    struct Kept {
        io::FileStamp stamp;
        std::vector<std::string> recipients;
        std::vector<policy::SieveSender> senders;
        std::uint64_t round = 0; ///< when it was last seen
        std::string why;         ///< it could not be read; escaped
    };

    void note_failure(const std::string& why) {
        ++failed_;
        if (first_failure_.empty()) first_failure_ = why;
    }

    /// What lay in a folder that cannot be read now counts as it was.
    void keep_below(const SievePattern::Folder& folder) {
        note_failure(folder.why);
        for (auto& [path, kept] : scripts_)
            if (path.starts_with(folder.path + '/')) kept.round = round_;
    }

    void look_at(const SievePattern::Script& script) {
        auto stamp = io::look_at_file(script.path);
        if (stamp && !*stamp) return; // this user has no script
        const auto [at, is_new] = scripts_.try_emplace(script.path);
        Kept& kept = at->second;
        kept.round = round_;
        if (is_new) kept.recipients = recipients_of(script);
        if (!stamp)
            kept.why = std::move(stamp.error().text);
        else if (is_new || **stamp != kept.stamp)
            read(script.path, **stamp, kept);
        if (!kept.why.empty()) note_failure(kept.why);
    }

    void read(const std::string& path, const io::FileStamp& stamp, Kept& kept) {
        kept.stamp = {}; // until it is read, so that a file which may not be opened is tried again
        const auto text = io::read_regular_file(path, limits_.sieve_bytes);
        if (!text) {
            kept.why = text.error().text;
            return;
        }
        kept.stamp = stamp;
        auto senders = policy::read_sieve_senders(*text, limits_);
        if (!senders) {
            kept.why = fmt::format("{}: {}", escape::line(path), senders.error().text);
            return;
        }
        kept.why.clear();
        changed_ = changed_ || kept.senders != *senders;
        kept.senders = std::move(*senders);
    }

    /// Those whose script it is; a name that fits no address is nobody's.
    [[nodiscard]] std::vector<std::string> recipients_of(const SievePattern::Script& script) const {
        std::vector<std::string> all;
        if (script.user.contains('@'))
            all.push_back(script.user);
        else if (!script.domain.empty())
            all.push_back(fmt::format("{}@{}", script.user, script.domain));
        else
            for (const std::string& domain : domains_) all.push_back(fmt::format("{}@{}", script.user, domain));
        std::erase_if(all, [](const std::string& one) {
            return one.starts_with('@') || !RecipientSenders::canonical_recipient(one);
        });
        return all;
    }

    void forget_what_is_gone() {
        std::erase_if(scripts_, [this](const auto& one) {
            const bool gone = one.second.round != round_;
            changed_ = changed_ || (gone && !one.second.senders.empty());
            return gone;
        });
    }

    void finish(std::size_t most_entries) {
        const std::string left_out = changed_ || value() == nullptr ? build(most_entries) : left_out_;
        left_out_ = left_out;
        if (failed_ > 0)
            complain(fmt::format("{} of {} cannot be read, such as {}", failed_, std::max(scripts_.size(), failed_),
                                 first_failure_),
                     true);
        else if (!left_out_.empty())
            complain(left_out_, true);
        else
            take(value());
    }

    /// All scripts together, in the order of their paths; says what is left out.
    std::string build(std::size_t most_entries) {
        std::vector<const std::pair<const std::string, Kept>*> in_order;
        for (const auto& one : scripts_)
            if (!one.second.senders.empty()) in_order.push_back(&one);
        std::ranges::sort(in_order, {}, [](const auto* one) -> const std::string& { return one->first; });
        auto all = std::make_shared<RecipientSenders>(most_entries);
        std::string left_out;
        for (const auto* one : in_order)
            for (const std::string& recipient : one->second.recipients)
                for (const policy::SieveSender& entry : one->second.senders)
                    if (auto added = all->add(recipient, entry.list, entry.sender, entry.name);
                        !added && left_out.empty())
                        left_out = fmt::format("{}: {}", escape::line(one->first), added.error().text);
        take(std::move(all));
        return left_out;
    }

    Limits limits_;
    std::vector<std::string> domains_;
    std::optional<SievePattern> pattern_;
    std::unordered_map<std::string, Kept> scripts_; ///< by path
    std::uint64_t round_ = 0;
    bool changed_ = false;
    std::size_t failed_ = 0;
    std::string first_failure_;
    std::string left_out_;
};

} // namespace

std::unique_ptr<SenderSource> make_sieve_source(const Settings& settings) {
    return std::make_unique<SieveSource>(settings);
}

} // namespace bonafide::engine
