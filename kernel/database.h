// SQLite as far as the metadata needs it: a file that is opened, statements that are run, and every failure
// as a sentence. Nothing here knows what is stored.
//
// Thread: one at a time for each Database and its statements.
#pragma once

#include "kernel/api/refusal.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace gantry::kernel {

using api::Result;

class Database;

// A prepared statement. Parameters are numbered from 1, columns from 0. What is bound must live until step()
// or run() has returned. One that SQLite would not prepare, because the file is damaged, fails each step with
// the reason.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  Statement(Statement&&) = delete;
  ~Statement();

  Statement& bind(int at, std::string_view bytes);
  Statement& bind(int at, std::int64_t number);
  Statement& bind_text(int at, std::string_view text);
  Statement& bind_null(int at);

  // To the next row. False: there is none, and the statement is ready to be bound again; so it is after a
  // failure.
  enum class Row : bool { none, found };
  Result<Row> step();
  // For a statement without rows.
  Result<void> run();
  // Done with the rows before they were all seen.
  void reset();

  // Of the current row; views until the next call of step(), run() or reset().
  std::string_view bytes(int column) const;
  std::optional<std::string_view> bytes_or_null(int column) const;
  std::int64_t number(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  std::optional<api::Refusal> unprepared_;
};

class Database {
 public:
  enum class Open : std::uint8_t { create, existing, read_only };

  // Opens the file. That it is no database is found out by the first statement.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file, Open how);
  Database(Database&&) = delete;
  ~Database();

  Result<void> execute(const char* sql);
  // True while a transaction is open: some failures end it, others do not.
  bool in_transaction() const;

  const std::filesystem::path& file() const { return file_; }

 private:
  friend Statement;
  Database(std::filesystem::path file, sqlite3* handle) : file_(std::move(file)), handle_(handle) {}

  // What the last call failed with: "metadata.db: the disk is full", with a code.
  api::Refusal failure() const;

  std::filesystem::path file_;
  sqlite3* handle_;
};

}  // namespace gantry::kernel
