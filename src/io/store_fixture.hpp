// For the store's tests: a folder that goes with the test, and things to put into a ledger.
#pragma once

#include "io/store_sqlite.hpp"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <utility>

namespace bonafide::io::store {

class StoreTest : public testing::Test {
  protected:
    static constexpr std::int64_t noon = 1'700'000'000; ///< 2023-11-14, a Tuesday
    static constexpr std::int32_t today = 19675;        ///< its day

    StoreTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-store-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~StoreTest() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
    [[nodiscard]] std::string ledger() const { return path("ledger.db"); }
    [[nodiscard]] std::string bytes(const std::string& file) const {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void put(const std::string& file, std::string_view content) const {
        std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
    }
    [[nodiscard]] Database open(Database::Mode mode = Database::Mode::create,
                                std::chrono::milliseconds patience = std::chrono::seconds(5)) const {
        auto database = Database::open(ledger(), mode, patience);
        if (!database) throw std::runtime_error(database.error().text);
        return std::move(*database);
    }

    [[nodiscard]] static Increment good(Hash key, std::int32_t day, std::uint32_t count = 1) {
        Increment increment;
        increment.key = key;
        increment.counts = {.day = day, .good = count};
        return increment;
    }
    [[nodiscard]] static Batch batch(std::vector<Increment> increments) { return {std::move(increments), {}}; }
    [[nodiscard]] static Batch batch(Message message) { return {{}, {std::move(message)}}; }

    [[nodiscard]] static Message message(std::string id, std::int64_t time) {
        Message message;
        message.id = std::move(id);
        message.time = time;
        message.direction = "inbound";
        message.author = "ann@a.example";
        message.author_domain = "a.example";
        message.infrastructure = "ptr:host.example";
        message.recipient = "bob@ours.example";
        message.compauth = "fail";
        message.reason = 1;
        message.document = R"({"queue_id":"4F2"})";
        return message;
    }
    [[nodiscard]] static AuditRow audit(std::string action) {
        return {noon, "root", std::move(action), "a.example", "because"};
    }

    std::filesystem::path folder_;
};

} // namespace bonafide::io::store
