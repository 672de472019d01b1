// For tests only: a folder of their own with files in it, gone at the end.
#pragma once

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace bonafide::engine::testing_engine {

class TestFolder {
  public:
    TestFolder()
        : path_(std::filesystem::path(::testing::TempDir()) /
                fmt::format("folder-{}-{}", ::getpid(),
                            ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
        std::filesystem::create_directories(path_);
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string at(std::string_view name) const { return (path_ / name).string(); }
    /// With the folders above it.
    std::string write(std::string_view name, std::string_view text) const {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        return file.string();
    }

  private:
    std::filesystem::path path_;
};

} // namespace bonafide::engine::testing_engine
