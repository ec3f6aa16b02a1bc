#include "kernel/database.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Row = Statement::Row;

TEST(Database, binds_and_reads_bytes_of_any_kind) {
  const Folder folder;
  const auto database = Database::open(folder / "d", Database::Open::create).value();
  database->execute("CREATE TABLE t (a, b, c)").value();
  Statement insert(*database, "INSERT INTO t VALUES (?, ?, ?)");
  const std::string bytes("\0\xff'\n", 4);
  ASSERT_TRUE(insert.bind(1, bytes).bind(2, std::int64_t{-5}).bind_null(3).run());
  ASSERT_TRUE(insert.bind(1, std::string_view()).bind(2, std::int64_t{6}).bind_text(3, "text").run());
  Statement select(*database, "SELECT a, b, c FROM t ORDER BY b");
  ASSERT_EQ(select.step().value(), Row::found);
  EXPECT_EQ(select.bytes(0), bytes);
  EXPECT_EQ(select.number(1), -5);
  EXPECT_EQ(select.bytes_or_null(2), std::nullopt);
  ASSERT_EQ(select.step().value(), Row::found);
  EXPECT_EQ(select.bytes_or_null(0), "");
  EXPECT_EQ(select.bytes(2), "text");
  EXPECT_EQ(select.step().value(), Row::none);
}

TEST(Database, tells_every_failure_with_its_file) {
  const Folder folder;
  EXPECT_THAT(Database::open(folder / "none", Database::Open::existing).error().text,
              AllOf(HasSubstr((folder / "none").string()), HasSubstr("unable to open database file")));
  write_text(folder / "text", std::string(1000, 'x'));
  const auto database = Database::open(folder / "text", Database::Open::existing).value();
  Statement statement(*database, "SELECT * FROM t");
  EXPECT_THAT(statement.step().error().text, HasSubstr("it is damaged (file is not a database)"));
  EXPECT_FALSE(statement.run());
}

TEST(Database, a_statement_that_failed_can_be_run_again) {
  const Folder folder;
  const auto database = Database::open(folder / "d", Database::Open::create).value();
  database->execute("CREATE TABLE t (a PRIMARY KEY)").value();
  Statement insert(*database, "INSERT INTO t VALUES (?)");
  ASSERT_TRUE(insert.bind(1, std::int64_t{1}).run());
  EXPECT_FALSE(insert.bind(1, std::int64_t{1}).run());
  EXPECT_TRUE(insert.bind(1, std::int64_t{2}).run());
  EXPECT_FALSE(database->in_transaction());
}

}  // namespace
}  // namespace gantry::kernel
