// Inside of dns/zone.hpp: the finished zone (every answer made beforehand) and the builder that both forms feed.
#pragma once

#include "base/error.hpp"
#include "dns/question.hpp"
#include "dns/zone.hpp"

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

namespace bonafide::dns {

inline constexpr std::size_t zone_types = 9;           ///< kinds of question a zone answers: all of dns::Type
inline constexpr std::uint32_t zone_default_ttl = 300; ///< of the JSON form, and of a master file that names none
inline constexpr unsigned zone_cname_hops = 8;         ///< the ninth CNAME of a chain is Status::cname_loop

/// Place of a type in a name's row of answers.
[[nodiscard]] std::size_t zone_slot(Type type);

/// A type that zones hold and Bonafide never asks for, by mnemonic or as TYPEnnn: it only makes its name exist.
[[nodiscard]] bool is_unmodelled_type(std::string_view word);

/// Immutable once built: answering is one hash look-up and one reference count.
struct Zone::Data {
    using Answers = std::array<Answer, zone_types>;
    struct Name {
        Answers answers;
        const Name* wildcard = nullptr; ///< the child "*", if there is one (RFC 4592)
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    std::unordered_map<std::string, Name, Hash, std::equal_to<>> names;
    bool has_wildcards = false;
    Answer absent; ///< NXDOMAIN

    /// The name itself or the wildcard that stands for it; null: no such name. `name` is normalized.
    [[nodiscard]] const Name* find(std::string_view name) const;
};

/// Collects records and failures in any order; finish() makes the answers and follows the CNAMEs. Names are normalized here.
class ZoneBuilder {
  public:
    enum class Shape {
        list, ///< only the names given exist, '*' is an ordinary label (JSON form)
        tree, ///< parents of names exist too and wildcards match (master file)
    };
    explicit ZoneBuilder(Shape shape) : shape_(shape) {}

    /// The name exists, whatever it holds.
    void add_name(std::string_view name) { (void)draft(name); }
    /// The records of that name and type, to be added to; the least ttl counts (RFC 2181 5.2). Made empty when there are none.
    [[nodiscard]] AnswerData& records(std::string_view name, Type type, std::uint32_t ttl);
    /// RFC 1034 3.6.2, RFC 2181 10.1: a CNAME stands alone. True when a record of `type` could not join what the name holds.
    [[nodiscard]] bool clashes_with_alias(std::string_view name, Type type) const;
    /// Questions of this type fail so, records or not.
    void fail(std::string_view name, Type type, Status status);
    void fail_all(std::string_view name, Status status);
    /// Questions of types without records fail so.
    void fail_unlisted(std::string_view name, Status status);
    /// RFC 2308 5: how long an absence may be kept.
    void set_negative_ttl(std::uint32_t ttl) { negative_ttl_ = ttl; }
    [[nodiscard]] std::unique_ptr<Zone::Data> finish();

  private:
    struct Draft {
        std::array<std::shared_ptr<AnswerData>, zone_types> own;
        std::array<std::optional<Status>, zone_types> failed;
        std::optional<Status> unlisted;
    };

    Draft& draft(std::string_view name);
    void add_parents(std::string_view name);
    void link_wildcards(Zone::Data& data) const;
    void make_own_answers(Zone::Data& data);
    static void follow_aliases(Zone::Data& data);

    Shape shape_;
    std::uint32_t negative_ttl_ = zone_default_ttl;
    std::unordered_map<std::string, Draft, Zone::Data::Hash, std::equal_to<>> drafts_;
};

/// The two forms (zone_master.cpp, zone_json.cpp).
[[nodiscard]] Expected<std::unique_ptr<Zone::Data>> parse_master_zone(std::string_view text,
                                                                      std::string_view origin = {});
[[nodiscard]] Expected<std::unique_ptr<Zone::Data>> parse_json_zone(std::string_view text);

} // namespace bonafide::dns
