#include "services/access/roles.h"

#include <gtest/gtest.h>

#include <set>

namespace services::access {
namespace {

TEST(Roles, NamesAndLabelsAreDistinctAndReadBack) {
  std::set<std::string_view> names;
  std::set<std::string_view> labels;
  for (const Role role : kRoles) {
    EXPECT_EQ(ParseRole(RoleName(role)), role);
    names.insert(RoleName(role));
    labels.insert(RoleLabel(role));
  }
  EXPECT_EQ(names.size(), kRoles.size());
  EXPECT_EQ(labels.size(), kRoles.size());
  EXPECT_EQ(RoleLabel(Role::kAdmin), "beheerder");
}

TEST(Roles, OtherTextIsNoRole) {
  for (const char* text : {"", "Admin", "beheerder", "admin ", "root"}) {
    EXPECT_FALSE(ParseRole(text)) << text;
  }
}

}  // namespace
}  // namespace services::access
