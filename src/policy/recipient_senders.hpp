// Whom each recipient calls a safe or a blocked sender ("the user wins"). Filled once by add(), then read by any thread.
//
// Recipients are addresses, "@domain" or "*"; the nearest that says anything wins, and on one level safe goes before blocked. An address with
// a "+detail" that has no entry of its own is asked about without it.
// Senders: "ann@contoso.com"; "contoso.com" with all below; "@contoso.com" exactly; ".contoso.com" all below.
// A block holds for whoever uses the name. A safe sender has to be proven, or the list would serve those who forge him: From by a DMARC pass
// (all its mailboxes must be safe), MAIL FROM by an SPF pass, and that not where DMARC calls From forged.
#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"
#include "verdict/facts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bonafide::policy {

enum class SenderList : std::uint8_t { safe, blocked };
[[nodiscard]] std::string_view to_text(SenderList list);
[[nodiscard]] std::optional<SenderList> parse_sender_list(std::string_view text);

/// Which name of a sender an entry is about.
enum class SenderName : std::uint8_t { either, from, mail_from };

class RecipientSenders {
  public:
    enum class Says : std::uint8_t { nothing, safe, blocked };
    /// Of all recipients of a message as one.
    struct Together {
        bool safe = false; ///< every one of them says so
        bool blocked = false;
        bool operator==(const Together&) const = default;
    };

    explicit RecipientSenders(std::size_t most_entries = Limits{}.recipient_senders) : most_entries_(most_entries) {}

    /// An error where the texts are none of the forms above, or where there are most_entries already.
    [[nodiscard]] Expected<void> add(std::string_view recipient, SenderList list, std::string_view sender,
                                     SenderName name = SenderName::either);
    /// The entries of another source count beside its own, on the same levels; `others` has no others itself.
    void add_all_of(std::shared_ptr<const RecipientSenders> others);
    [[nodiscard]] std::size_t size() const; ///< with those of others
    [[nodiscard]] bool is_full() const { return entries_.size() >= most_entries_; }

    [[nodiscard]] Says says(std::string_view recipient, const verdict::Facts& facts) const;
    /// What is certain while From is not known yet; nothing where From could still change it.
    [[nodiscard]] std::optional<Says> says_before_data(std::string_view recipient, const verdict::Facts& facts) const;
    /// Neither where there are no recipients, or more than are known by name.
    [[nodiscard]] Together of_all(const verdict::Facts& facts) const;

    /// In lower case with the domain as A-labels; or why it is no sender.
    [[nodiscard]] static Expected<std::string> canonical_sender(std::string_view text);
    [[nodiscard]] static Expected<std::string> canonical_recipient(std::string_view text);

  private:
    using Marks = std::uint8_t; ///< a bit for each list and name
    struct Recipient {
        std::uint32_t number = 0;
        Marks any = 0; ///< of all his entries
    };
    struct Found {
        const RecipientSenders* source = nullptr;
        Recipient recipient;
    };
    using Level = std::vector<Found>;       ///< of each source that knows the recipient
    using Levels = std::array<Level, 3>;    ///< the nearest first
    using Forms = std::vector<std::string>; ///< what an entry may be that takes in one address
    struct Names {
        Forms mail_from;
        std::vector<Forms> from;
        bool mail_from_proven = false;
        bool from_proven = false;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template<class T> using Map = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    static Marks marks_of(SenderList list, SenderName name);
    [[nodiscard]] Forms forms_of(std::string_view address) const;
    [[nodiscard]] Names names_of(const verdict::Facts& facts) const;
    [[nodiscard]] Level find(std::string_view recipient) const;
    [[nodiscard]] Levels levels_of(std::string_view recipient) const;
    [[nodiscard]] static Marks marks_at(const Level& level, const Forms& forms);
    [[nodiscard]] static Says says_at(const Level& level, const Names& names);
    [[nodiscard]] Says says_of(std::string_view recipient, const Names& names) const;

    std::size_t most_entries_;
    std::size_t most_labels_ = 0; ///< of domains among the senders
    Map<Recipient> recipients_;
    Map<Marks> entries_; ///< by the bytes of a recipient's number and the sender
    std::vector<std::shared_ptr<const RecipientSenders>> others_;
};

} // namespace bonafide::policy
