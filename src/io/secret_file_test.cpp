#include "base/test_folder.hpp"
#include "io/secret_file.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bonafide::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SecretFile : public testing::Test {
  protected:
    std::string write(std::string_view text, mode_t mode = 0600) {
        const std::string path = folder.path() / "secrets";
        std::ofstream(path, std::ios::trunc) << text;
        ::chmod(path.c_str(), mode);
        return path;
    }
    std::string refused(std::string_view text, mode_t mode = 0600) {
        const auto read = read_secrets(write(text, mode));
        return read ? "" : read.error().text;
    }
    TestFolder folder;
};

TEST_F(SecretFile, HasASecretALine) {
    EXPECT_THAT(*read_secrets(write("# newest first\n\n  sixteen letters!\r\nanother one of them\n")),
                ElementsAre("sixteen letters!", "another one of them"));
}

TEST_F(SecretFile, WhatIsNone) {
    EXPECT_THAT(refused("# none\n"), HasSubstr("has no secret"));
    EXPECT_THAT(refused("fifteen letters\n"),
                testing::AllOf(HasSubstr("line 1: a secret has at least 16"), Not(HasSubstr("fifteen"))));
    EXPECT_THAT(refused("sixteen letters!\n", 0644), HasSubstr("0644"));
    EXPECT_THAT(read_secrets(folder.path() / "none").error().text, HasSubstr("No such file"));
}

TEST_F(SecretFile, RootTakesTheServicesOwn) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    constexpr uid_t service = 65533, other = 65534;
    const std::string path = write("sixteen letters!\n");
    ASSERT_EQ(::chown(path.c_str(), service, service), 0);
    EXPECT_TRUE(read_secrets(path, service));
    EXPECT_THAT(read_secrets(path, other).error().text, HasSubstr("belongs to another user (uid 65533)"));
    EXPECT_FALSE(read_secrets(path));
}

TEST_F(SecretFile, AtTheLimitAndPastIt) {
    std::string text;
    for (std::size_t i = 0; i < most_secrets; ++i) text += "sixteen letters!\n";
    EXPECT_EQ(refused(text), "");
    EXPECT_THAT(refused(text + "sixteen letters!\n"), HasSubstr("more than 16 secrets"));
}

} // namespace
} // namespace bonafide::io
