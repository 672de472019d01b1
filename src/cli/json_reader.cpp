#include "cli/json_reader.hpp"

#include "base/escape.hpp"

#include <cmath>
#include <fmt/format.h>

namespace bonafide::cli {

JsonReader JsonReader::operator[](std::string_view member) const {
    const auto* object = value_ == nullptr ? nullptr : value_->if_object();
    return {object == nullptr ? nullptr : object->if_contains(member)};
}

JsonReader JsonReader::operator[](std::size_t index) const {
    const auto* array = value_ == nullptr ? nullptr : value_->if_array();
    return {array == nullptr ? nullptr : array->if_contains(index)};
}

std::size_t JsonReader::size() const {
    const auto* array = value_ == nullptr ? nullptr : value_->if_array();
    return array == nullptr ? 0 : array->size();
}

JsonReader::operator bool() const {
    if (value_ == nullptr || value_->is_null()) return false;
    if (const bool* flag = value_->if_bool()) return *flag;
    if (value_->is_number()) return number() != 0;
    if (const auto* string = value_->if_string()) return !string->empty();
    if (const auto* array = value_->if_array()) return !array->empty();
    return !value_->as_object().empty();
}

std::string JsonReader::text() const {
    constexpr std::size_t most = 1000;
    if (value_ == nullptr) return {};
    if (value_->is_number()) return fmt::format("{}", number());
    return escape::line(raw(), most);
}

std::string JsonReader::raw() const {
    const auto* string = value_ == nullptr ? nullptr : value_->if_string();
    return string == nullptr ? std::string() : std::string(*string);
}

double JsonReader::number() const {
    return value_ != nullptr && value_->is_number() ? value_->to_number<double>() : 0.0;
}

std::int64_t JsonReader::whole() const {
    constexpr double most = 9e15; // what a double holds exactly
    const double value = number();
    return std::abs(value) <= most ? static_cast<std::int64_t>(value) : 0;
}

} // namespace bonafide::cli
