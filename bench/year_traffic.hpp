// The honest mail of the simulated year, in both directions.
#pragma once

#include "dns/public_suffix.hpp"
#include "year_mail.hpp"
#include "year_random.hpp"
#include "year_world.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace bonafide::year {

/// A message of one of ours.
struct Sent {
    std::int64_t at = 0;
    std::string from, to, message_id;
};

class Traffic {
  public:
    Traffic(World& world, std::uint64_t seed, const dns::PublicSuffixList& suffixes);

    static constexpr std::int32_t first_day = 20454, days = 365; ///< 2026-01-01

    struct Day {
        std::vector<Mail> in;
        std::vector<Sent> out;
    };
    /// About `messages` of mail to us, by the weekday, and what ours write.
    [[nodiscard]] Day day(std::int32_t day, double messages);
    /// Whoever got this answers the next day, if he is in the mood: `whim` from 0 to 1, the lower the likelier.
    void delivered(const Mail& mail, double whim);

    /// Suppliers that first wrote within the last weeks, for whoever watches them.
    [[nodiscard]] std::vector<const Company*> recent_suppliers(std::int32_t day) const;
    /// A message of this company as it leaves it, for somebody else to carry on; to nobody yet.
    [[nodiscard]] Mail letter_of(const Company& company, Kind kind, std::int64_t at);
    [[nodiscard]] Mail news_of(const Company& company, std::int64_t at);
    [[nodiscard]] std::string fresh_id() { return std::to_string(++ids_); }
    [[nodiscard]] std::int64_t moment() { return moment(random_); } ///< seconds since midnight, in working hours mostly

  private:
    struct Supplier {
        Company company;
        std::size_t user = 0;
        std::int32_t first_day = 0;
        std::size_t letters = 0; ///< that will still come
    };

    /// A newsletter that some of ours get.
    struct Subscription {
        const Company* company = nullptr;
        double interval = 0; ///< days from issue to issue
        double readers = 0;  ///< for one message of newsletters a day
        std::int32_t begins = 0;
    };

    [[nodiscard]] static std::int64_t moment(Random& random);
    void change_providers(std::int32_t day);
    [[nodiscard]] Mail make(Kind kind, std::int64_t at);
    [[nodiscard]] Mail person(std::int64_t at);
    [[nodiscard]] Mail private_address(std::int64_t at);
    void plan_newsletters();
    void issues(std::int32_t day, double messages, std::vector<Mail>& to);
    [[nodiscard]] Mail notice(std::int64_t at);
    [[nodiscard]] Mail forwarded(std::int64_t at);
    [[nodiscard]] Mail bounce(std::int64_t at);
    [[nodiscard]] Mail own_service(std::int64_t at);
    [[nodiscard]] Mail own_branch(std::int64_t at);
    [[nodiscard]] Mail post_author(std::int64_t at);
    void post(const MailingList& list, std::int64_t at, Day& to);
    void suppliers(std::int32_t day, double messages, std::vector<Mail>& to);
    void write(std::int64_t at, std::string from, std::string address, std::vector<Sent>& to);
    [[nodiscard]] const Company* company_of(std::string_view address) const;
    [[nodiscard]] const Company& somebody();

    World& world_;
    std::uint64_t seed_;
    Random random_; ///< of the day, so that what a judge lets through changes no other day
    Random answers_random_;
    const dns::PublicSuffixList& suffixes_;
    std::vector<Subscription> subscriptions_;
    std::deque<Supplier> suppliers_;
    std::deque<Sent> sent_;        ///< the last of ours
    std::vector<Sent> answers_;    ///< that will be written
    std::vector<Host> services_;   ///< that may send in our name
    std::vector<Host> appliances_; ///< that do so all the same; one for each domain of ours
    std::uint64_t ids_ = 0;
};

} // namespace bonafide::year
