-- Run by Neovim without a window, after the configuration: what a user does with a broken flow.
-- Prints what happened, a JSON value a line, and ends with 1 when something is waited for in vain.

local function say(what, value)
  io.stdout:write(vim.json.encode({ what, value }), "\n")
end

local function wait(what, is)
  -- Longer than anything takes.
  assert(vim.wait(60000, is, 10), "waited in vain for " .. what)
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n") .. "\n"
end

local function found()
  return vim.tbl_map(function(one)
    return { line = one.lnum, column = one.col, last = one.end_col, code = one.code, severity = one.severity }
  end, vim.diagnostic.get(0))
end

-- As if the first of several were chosen.
vim.ui.select = function(items, options, choose)
  say("offered", vim.tbl_map(options.format_item or tostring, items))
  choose(items[1], 1)
end

local function play()
  vim.cmd("edit broken.flow")
  say("filetype", vim.bo.filetype)
  wait("diagnostics", function()
    return #vim.diagnostic.get(0) > 0
  end)
  say("diagnostics", found())

  local first = vim.diagnostic.get(0)[1]
  vim.api.nvim_win_set_cursor(0, { first.lnum + 1, first.col })
  local before = text()
  vim.lsp.buf.code_action()
  wait("the fix", function()
    return text() ~= before
  end)
  wait("no diagnostics", function()
    return #vim.diagnostic.get(0) == 0
  end)
  say("mended", text())

  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = 60000 })
  else
    vim.lsp.buf.formatting_sync(nil, 60000)
  end
  say("formatted", text())

  local line = vim.fn.search("next train")
  vim.api.nvim_win_set_cursor(0, { line, #"    next " })
  vim.lsp.buf.definition()
  wait("the definition", function()
    return vim.fn.line(".") ~= line
  end)
  say("definition", { vim.fn.getline("."), vim.fn.col(".") })

  -- What the program wrote is what the editor shows.
  vim.cmd("write")
  say("modified", vim.bo.modified)

  -- A file that the first imports, in a window of its own, has the same server.
  vim.cmd("split library.flow")
  say("clients", #(vim.lsp.get_clients or vim.lsp.get_active_clients)())
  vim.api.nvim_buf_set_lines(0, 0, -1, true, { "let queue = 1" })
  vim.cmd("wincmd p")
  wait("what an unsaved import breaks", function()
    return #vim.diagnostic.get(0) > 0
  end)
  say("imported", found())

  -- A flow that is begun without a name.
  for name, command in pairs({ written = "write", saved = "saveas" }) do
    vim.cmd("enew")
    vim.api.nvim_buf_set_lines(0, 0, -1, true, { "let queue = True" })
    vim.cmd(command .. " " .. name .. ".flow")
    wait("diagnostics of " .. name, function()
      return #vim.diagnostic.get(0) > 0
    end)
    say(name, { vim.bo.filetype, vim.diagnostic.get(0)[1].code })
  end
end

local fine, problem = xpcall(play, debug.traceback)
if not fine then
  say("failed", problem)
  vim.cmd("cquit")
end
vim.cmd("qall!")
