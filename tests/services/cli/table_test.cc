#include "services/cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace services::cli {
namespace {

TEST(Table, AlignsByColumnsOfTheTerminal) {
  Table table({{"lid"}, {"uur", Table::Align::kRight}, {"titel", Table::Align::kLeft, 6}});
  table.Add({"coördinator", "8", "kort"});
  table.Add({"a", "1.234", "veel te lang"});
  table.Add({"b"});
  std::ostringstream out;
  table.Print(false, out);
  EXPECT_EQ(out.str(),
            "lid            uur  titel\n"
            "coördinator      8  kort\n"
            "a            1.234  veel …\n"
            "b\n");
}

TEST(Table, CleansCells) {
  Table table({{"x"}});
  table.Add({"a\033[31mb"});
  std::ostringstream out;
  table.Print(true, out);
  EXPECT_EQ(out.str(), "\033[1mx\033[0m\na[31mb\n");
}

TEST(Facts, LeavesOutWhatIsEmpty) {
  Facts facts;
  facts.Add("naam", "reiger");
  facts.Add("telefoon", "");
  facts.Add("uur per week", "24");
  std::ostringstream out;
  facts.Print(out);
  EXPECT_EQ(out.str(), "naam          reiger\nuur per week  24\n");
}

}  // namespace
}  // namespace services::cli
