#include "kernel/database.h"

#include <new>
#include <system_error>
#include <utility>

#include <sqlite3.h>

namespace gantry::kernel {

namespace {

std::string reason(sqlite3* handle) {
  const int code = sqlite3_errcode(handle);
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "the disk is full";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return std::string("it is damaged (") + sqlite3_errmsg(handle) + ")";
    case SQLITE_BUSY:
      return "another program holds it locked";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: {
      const int number = sqlite3_system_errno(handle);
      std::string text = sqlite3_errmsg(handle);
      if (number != 0) text += ": " + std::system_category().message(number);
      return text;
    }
    default:
      return sqlite3_errmsg(handle);
  }
}

}  // namespace

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  if (sqlite3_prepare_v3(database.handle_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK)
    unprepared_ = database.failure();
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(int at, std::string_view bytes) {
  // An empty view may have no data, which SQLite would take for NULL.
  sqlite3_bind_blob64(statement_, at, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind(int at, std::int64_t number) {
  sqlite3_bind_int64(statement_, at, number);
  return *this;
}

Statement& Statement::bind_text(int at, std::string_view text) {
  sqlite3_bind_text64(statement_, at, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_null(int at) {
  sqlite3_bind_null(statement_, at);
  return *this;
}

Result<Statement::Row> Statement::step() {
  if (unprepared_) return *unprepared_;
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return Row::found;
    case SQLITE_DONE:
      sqlite3_reset(statement_);
      return Row::none;
    default: {
      api::Refusal why = database_.failure();
      sqlite3_reset(statement_);
      return why;
    }
  }
}

Result<void> Statement::run() {
  if (const auto stepped = step(); !stepped) return stepped.error();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_);
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::string_view> Statement::bytes_or_null(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return bytes(column);
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file, Open how) {
  constexpr int kFlags[] = {SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, SQLITE_OPEN_READWRITE,
                            SQLITE_OPEN_READONLY};
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle,
                      kFlags[static_cast<int>(how)] | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
  if (handle == nullptr) throw std::bad_alloc();
  std::unique_ptr<Database> opened(new Database(file, handle));
  sqlite3_extended_result_codes(handle, 1);
  if (code != SQLITE_OK) return opened->failure();
  sqlite3_busy_timeout(handle, 5000);  // a backup tool may hold it for a moment
  return opened;
}

Database::~Database() {
  sqlite3_close_v2(handle_);
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure();
  return {};
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

api::Refusal Database::failure() const {
  return {.code = remoting::ResponseCode::system_error, .text = file_.string() + ": " + reason(handle_)};
}

}  // namespace gantry::kernel
