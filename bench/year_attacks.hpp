// Who attacks in the simulated year: campaigns, each of one trick, planned ahead so that their shares come out as they should.
#pragma once

#include "year_mail.hpp"
#include "year_random.hpp"
#include "year_traffic.hpp"
#include "year_world.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bonafide::year {

class Attacks {
  public:
    Attacks(World& world, Traffic& traffic, std::uint64_t seed);

    /// What comes on this day; `messages` a day are aimed at. Days in ascending order.
    [[nodiscard]] std::vector<Mail> day(std::int32_t day, double messages);

  private:
    /// What an attacker sends from.
    struct Base {
        enum class Means : std::uint8_t { bare, line, liar, rented, own_name, account } means = Means::bare;
        std::string domain; ///< his; with SPF for all his hosts
        Host host;          ///< of those with a fixed one
        bool signs = false;
    };

    using Plan = std::size_t (Attacks::*)(std::int32_t);
    struct Row {
        double share;
        Plan plan; ///< makes one campaign from this day on; gives its size, preparation not counted
    };
    static const std::vector<Row>& rows();

    std::size_t spoof_ours(std::int32_t day);
    std::size_t spoof_known(std::int32_t day);
    std::size_t spoof_stranger(std::int32_t day);
    std::size_t look_like_ours(std::int32_t day);
    std::size_t look_like_known(std::int32_t day);
    std::size_t look_like_supplier(std::int32_t day);
    std::size_t borrow_name(std::int32_t day);
    std::size_t warm_up(std::int32_t day);
    std::size_t replay(std::int32_t day);
    std::size_t use_cloud(std::int32_t day);
    std::size_t poison(std::int32_t day);
    std::size_t forge_bounces(std::int32_t day);
    std::size_t scatter(std::int32_t day);

    [[nodiscard]] Base make_base();
    [[nodiscard]] Base make_base(Base::Means means);
    [[nodiscard]] Host host_of(const Base& base);
    [[nodiscard]] std::string own_domain(); ///< with SPF and a policy, nothing to do with anybody
    std::size_t spoof(Kind kind, const std::string& domain, const std::vector<Person>& people, std::int32_t day);
    std::size_t look_like(Kind kind, const std::string& domain, const std::vector<Person>& people, std::int32_t day);
    [[nodiscard]] std::string likeness(const std::string& domain);
    [[nodiscard]] std::string random_user();
    /// One of ours who really corresponds with the company, in half of the cases.
    [[nodiscard]] std::string target(std::string_view domain);
    [[nodiscard]] Mail make(Kind kind, std::int32_t day, const Person& author);
    void authenticate(Mail& mail, const Base& base) const; ///< as the attacker's own domain
    void send(Mail mail);

    World& world_;
    Traffic& traffic_;
    Random random_;
    std::vector<double> owed_; ///< messages by row that should have been planned by now
    std::map<std::int32_t, std::vector<Mail>> waiting_;
};

} // namespace bonafide::year
