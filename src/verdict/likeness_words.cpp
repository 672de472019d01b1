#include "verdict/likeness_words.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_set>

namespace bonafide::verdict::likeness {
namespace {

constexpr std::size_t most_words = 3;        // taken off one name
constexpr std::size_t most_remainders = 64;  // looked at of one name
constexpr std::size_t least_glued_bytes = 3; // shorter words only count with a hyphen

constexpr auto baits = std::to_array<std::string_view>({
    "2fa",        "access",       "account",  "accounts",       "activate",     "activation",
    "alert",      "alerts",       "auth",     "authentication", "authorize",    "bill",
    "billing",    "center",       "claim",    "confirm",        "confirmation", "customer",
    "helpdesk",   "id",           "invoice",  "invoices",       "kyc",          "login",
    "logon",      "mfa",          "my",       "notice",         "notification", "notifications",
    "otp",        "password",     "pay",      "payment",        "payments",     "payroll",
    "recover",    "recovery",     "refund",   "remittance",     "renew",        "reset",
    "secure",     "secured",      "security", "service",        "services",     "signin",
    "sso",        "support",      "unlock",   "update",         "updates",      "validate",
    "validation", "verification", "verified", "verify",         "wallet",       "www",
});

constexpr auto ordinary_words = std::to_array<std::string_view>({
    "admin",  "app",   "bank",  "cloud",  "co",    "com",    "company", "corp",  "corporate", "direct",
    "docs",   "email", "gmbh",  "global", "group", "hr",     "inc",     "info",  "intl",      "international",
    "it",     "llc",   "ltd",   "mail",   "net",   "office", "online",  "order", "orders",    "org",
    "portal", "sales", "share", "shop",   "staff", "store",  "team",    "web",   "webmail",
});

/// Beyond those above: what many firms are called or call a part of theirs.
constexpr auto common_words = std::to_array<std::string_view>({
    "agency",     "api",       "art",        "beta",    "blog",    "books",      "business",   "care",       "city",
    "club",       "connect",   "consulting", "contact", "data",    "design",     "dev",        "digital",    "energy",
    "europe",     "events",    "express",    "fashion", "finance", "first",      "food",       "forum",      "free",
    "games",      "gmx",       "health",     "hello",   "help",    "home",       "hosting",    "hotel",      "hotels",
    "house",      "internet",  "jobs",       "legal",   "life",    "list",       "lists",      "live",       "local",
    "logistics",  "mailbox",   "mailer",     "mailing", "market",  "marketing",  "mails",      "media",      "medical",
    "mobile",     "money",     "music",      "network", "news",    "newsletter", "outlook365", "partner",    "partners",
    "people",     "photo",     "post",       "press",   "print",   "project",    "school",     "server",     "servers",
    "software",   "solutions", "space",      "sport",   "sports",  "studio",     "system",     "systems",    "tech",
    "technology", "tools",     "tours",      "trade",   "trading", "training",   "travel",     "university", "video",
    "water",      "website",   "work",       "works",   "world",
});

constexpr auto roles = std::to_array<std::string_view>({
    "account", "accounting",   "accounts",      "admin",   "administrator", "alert",      "alerts",     "and",
    "the",     "auto",         "billing",       "bot",     "buchhaltung",   "center",     "ceo",        "client",
    "contact", "customer",     "customers",     "cfo",     "daemon",        "delivery",   "department", "desk",
    "do",      "email",        "finance",       "for",     "helpdesk",      "help",       "hr",         "human",
    "info",    "invoice",      "invoices",      "it",      "kundenservice", "mail",       "mailer",     "mailing",
    "manager", "marketing",    "member",        "message", "news",          "newsletter", "no",         "noreply",
    "not",     "notification", "notifications", "of",      "office",        "online",     "order",      "orders",
    "our",     "payment",      "payments",      "payroll", "postmaster",    "relations",  "reply",      "resources",
    "root",    "sales",        "security",      "service", "services",      "shipping",   "shop",       "staff",
    "store",   "subsystem",    "support",       "system",  "team",          "technical",  "update",     "updates",
    "user",    "webmaster",    "your",
});

/// An added word in the shape in which it is looked for.
struct Sought {
    AddedWord word;
    std::string even;
};

/// All added words by the byte they begin with, and by the byte they end with.
struct SoughtWords {
    std::array<std::vector<Sought>, 256> by_front, by_back;

    SoughtWords() {
        for (const std::string_view text : baits) add({text, WordUse::bait});
        for (const std::string_view text : ordinary_words) add({text, WordUse::ordinary});
    }
    void add(const AddedWord& word) {
        const std::string even = shape_of(word.text).even;
        by_front[static_cast<unsigned char>(even.front())].push_back({word, even});
        by_back[static_cast<unsigned char>(even.back())].push_back({word, even});
    }
};

const SoughtWords& sought_words() {
    static const SoughtWords all;
    return all;
}

class Stripper {
  public:
    explicit Stripper(const Shape& shape) : shape_(shape) {}

    std::vector<Remainder> strip() {
        strip(0, shape_.even.size(), {}, 0);
        return std::move(found_);
    }

  private:
    enum class Side : std::uint8_t { front, back };

    void strip(std::size_t begin, std::size_t end, AddedWord first, std::size_t words) {
        if (words == most_words || begin == end) return;
        const std::string_view part = std::string_view(shape_.even).substr(begin, end - begin);
        for (const Sought& sought : sought_words().by_front[static_cast<unsigned char>(part.front())])
            if (part.starts_with(sought.even)) keep(begin + sought.even.size(), end, Side::front, sought, first, words);
        for (const Sought& sought : sought_words().by_back[static_cast<unsigned char>(part.back())])
            if (part.ends_with(sought.even)) keep(begin, end - sought.even.size(), Side::back, sought, first, words);
    }

    /// What lies between `begin` and `end` when `sought` stood beside it.
    void keep(std::size_t begin, std::size_t end, Side side, const Sought& sought, AddedWord first, std::size_t words) {
        const std::string_view even = shape_.even;
        if (begin == end || found_.size() == most_remainders) return;
        const bool hyphenated = (side == Side::front ? even[begin] : even[end - 1]) == '-';
        if (!hyphenated && sought.even.size() < least_glued_bytes) return;
        while (begin < end && even[begin] == '-') ++begin;
        while (begin < end && even[end - 1] == '-') --end;
        if (begin == end) return;
        if (words == 0 || (sought.word.use == WordUse::ordinary && first.use == WordUse::bait)) first = sought.word;
        found_.push_back({std::string_view(shape_.base).substr(begin, end - begin), first});
        strip(begin, end, first, words + 1);
    }

    const Shape& shape_;
    std::vector<Remainder> found_;
};

bool is_common(std::string_view word) {
    static const std::unordered_set<std::string_view> all = [] {
        std::unordered_set<std::string_view> made(baits.begin(), baits.end());
        made.insert(ordinary_words.begin(), ordinary_words.end());
        made.insert(common_words.begin(), common_words.end());
        return made;
    }();
    return all.contains(word);
}

} // namespace

std::vector<Remainder> without_added_words(const Shape& shape) { return Stripper(shape).strip(); }

bool is_generic(std::string_view label) { return std::ranges::all_of(ascii::split(label, '-'), is_common); }

bool is_role(std::string_view word) { return std::ranges::find(roles, word) != roles.end(); }

} // namespace bonafide::verdict::likeness
