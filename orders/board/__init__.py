"""The board, the page staff work on all day (`/board/`). Staff documentation: docs/board.md."""
