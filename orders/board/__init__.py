"""The board: what staff look at all day (`/board/`). docs/board.md has it for them."""
