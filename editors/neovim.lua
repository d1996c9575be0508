-- Neovim 0.7 or newer; as ~/.config/nvim/plugin/flowbatch.lua.
local clients = {}

local function attach(event)
  local folder = vim.fn.fnamemodify(event.file, ":p:h")
  local toml = vim.fn.findfile("flowbatch.toml", folder .. ";")
  local server = {
    name = "flowbatch",
    cmd = { "flowbatch", "lsp" },
    root_dir = toml ~= "" and vim.fn.fnamemodify(toml, ":p:h") or folder,
  }
  if vim.lsp.start then
    vim.lsp.start(server, { bufnr = event.buf })
    return
  end
  -- Neovim 0.7 does not look for a server that already runs.
  local root = server.root_dir
  if not clients[root] or vim.lsp.client_is_stopped(clients[root]) then
    clients[root] = vim.lsp.start_client(server)
  end
  -- What is wrong with a server that does not start, Neovim has said.
  if clients[root] then
    vim.lsp.buf_attach_client(event.buf, clients[root])
  end
end

-- A buffer may get its name when it is written.
vim.api.nvim_create_autocmd({ "BufNewFile", "BufRead", "BufFilePost", "BufWritePost" }, {
  -- Not saved yet, the toml decides what is wrong with flows already.
  pattern = { "*.flow", "flowbatch.toml" },
  callback = function(event)
    if event.match:match("%.flow$") and vim.bo[event.buf].filetype ~= "flow" then
      vim.bo[event.buf].filetype = "flow"
      vim.bo[event.buf].commentstring = "# %s"
      vim.bo[event.buf].shiftwidth = 2
      vim.bo[event.buf].expandtab = true
    end
    attach(event)
  end,
})
