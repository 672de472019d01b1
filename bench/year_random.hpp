// Chance for the simulated year: the same numbers from the same seed on every machine and library, which the distributions of the standard
// library do not promise. Not thread-safe.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace bonafide::year {

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    [[nodiscard]] std::uint64_t number() { return engine_(); }
    /// From 0 to n-1; 0 when n is 0.
    [[nodiscard]] std::size_t below(std::size_t n) { return n == 0 ? 0 : engine_() % n; }
    [[nodiscard]] std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
    [[nodiscard]] double unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
    [[nodiscard]] bool chance(double probability) { return unit() < probability; }
    /// From 0 to n-1, the lower ones far oftener: of a few one hears daily, of most now and then.
    [[nodiscard]] std::size_t skewed(std::size_t n) {
        const double u = unit();
        return static_cast<std::size_t>(static_cast<double>(n) * u * u);
    }
    /// Whole numbers with this mean, next to it.
    [[nodiscard]] std::size_t around(double mean) {
        const double whole = std::floor(mean);
        return static_cast<std::size_t>(whole) + (chance(mean - whole) ? 1 : 0);
    }
    template<class T> [[nodiscard]] const T& pick(const std::vector<T>& from) { return from[below(from.size())]; }
    /// Index of one of the shares, each as often as its size.
    [[nodiscard]] std::size_t share(std::span<const double> shares) {
        double sum = 0;
        for (const double one : shares) sum += one;
        double at = unit() * sum;
        for (std::size_t i = 0; i + 1 < shares.size(); ++i) {
            if (at < shares[i]) return i;
            at -= shares[i];
        }
        return shares.size() - 1;
    }

  private:
    std::mt19937_64 engine_;
};

} // namespace bonafide::year
