-- What Quarto adds to pandoc's Markdown and the pages of this project use: callouts, tabsets,
-- numbered figures, tables and sections with references to them, folded code, scroll regions.
-- What cannot be resolved is reported as a warning; the caller treats every warning as an error.

local KINDS = { fig = 'Figure', tbl = 'Table', sec = 'Section' }
local CALLOUTS = {
  note = 'Note', tip = 'Tip', warning = 'Warning', important = 'Important', caution = 'Caution',
}

local settings = pandoc.json.decode(pandoc.layout.render(PANDOC_WRITER_OPTIONS.variables.settings))
local labels = {}
local counts = { fig = 0, tbl = 0 }
local stringify = pandoc.utils.stringify

local function problem(text) pandoc.log.warn(text) end

local function html(text) return pandoc.RawBlock('html', text) end

local function inline_html(text) return pandoc.RawInline('html', text) end

local function escape(text)
  return (text:gsub('[&<>"]', { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;', ['"'] = '&quot;' }))
end

local function scroll_region(class, label)
  return { class = class, role = 'region', tabindex = '0', ['aria-label'] = label }
end

-- Callouts -------------------------------------------------------------------

local function callout_kind(div)
  for _, class in ipairs(div.classes) do
    local kind = class:match('^callout%-(%a+)$')
    if kind then return kind end
  end
end

local function callout(div)
  local kind = callout_kind(div)
  if not kind then return nil end
  if not CALLOUTS[kind] then
    problem('unknown callout .callout-' .. kind)
    return nil
  end
  local content = div.content
  local title = pandoc.Inlines(CALLOUTS[kind])
  if div.attributes.title then
    title = pandoc.utils.blocks_to_inlines(pandoc.read(div.attributes.title, 'markdown').blocks)
  elseif content[1] and content[1].t == 'Header' then
    title = content:remove(1).content
  end
  local open, close, title_open, title_close =
    '<div class="callout callout-' .. kind .. '"', '</div>',
    '<p class="callout-title">', '</p>'
  if div.attributes.collapse then
    open, close = '<details class="callout callout-' .. kind .. '"', '</details>'
    if div.attributes.collapse == 'false' then open = open .. ' open' end
    title_open, title_close = '<summary class="callout-title">', '</summary>'
  end
  if div.identifier ~= '' then open = open .. ' id="' .. escape(div.identifier) .. '"' end
  title:insert(1, inline_html(title_open))
  title:insert(inline_html(title_close))
  return pandoc.Blocks {
    html(open .. '>'), pandoc.Plain(title),
    pandoc.Div(content, { class = 'callout-body' }), html(close),
  }
end

-- Tabsets: panels under headings; a script makes them tabs ---------------------

local tabsets = 0

local function tabset(div)
  if not div.classes:includes('panel-tabset') then return nil end
  local first = div.content[1]
  if not first or first.t ~= 'Header' then
    problem('a .panel-tabset must begin with a heading')
    return nil
  end
  tabsets = tabsets + 1
  local out, panel = pandoc.Blocks {}, 0
  for _, block in ipairs(div.content) do
    if block.t == 'Header' and block.level == first.level then
      if panel > 0 then out:insert(html('</div>')) end
      panel = panel + 1
      local id = 'tabset-' .. tabsets .. '-' .. panel
      out:insert(html('<div class="tab-panel" id="' .. id .. '">'))
      local title = pandoc.Inlines { inline_html('<p class="tab-title" id="' .. id .. '-title">') }
      title:extend(block.content)
      title:insert(inline_html('</p>'))
      out:insert(pandoc.Plain(title))
    else
      out:insert(block)
    end
  end
  out:insert(html('</div>'))
  return pandoc.Div(out, { class = 'panel-tabset' })
end

-- Figures and tables that are numbered -----------------------------------------

local function register(id, text)
  if labels[id] then problem('the label ' .. id .. ' is used twice') end
  labels[id] = text
end

-- The caption stands outside what scrolls, so that it is read without scrolling.
local function float(kind, id, caption, content)
  local lead = ''
  if id:match('^' .. kind .. '%-') then
    counts[kind] = counts[kind] + 1
    register(id, KINDS[kind] .. '\u{a0}' .. counts[kind])
    lead = KINDS[kind] .. '\u{a0}' .. counts[kind]
  end
  local spoken = lead ~= '' and lead or (kind == 'fig' and 'Figure' or 'Table')
  local body = pandoc.Blocks(content):walk {
    Table = function(tbl)
      tbl.attributes['data-name'] = spoken
      return tbl
    end,
  }
  if kind == 'fig' then
    body = pandoc.Blocks { pandoc.Div(body, scroll_region('figure-scroll', spoken)) }
  end
  local opening = '<figcaption>'
  if lead ~= '' then opening = opening .. '<span class="caption-label">' .. lead .. ':</span> ' end
  local text = pandoc.Inlines { inline_html(opening) }
  text:extend(pandoc.utils.blocks_to_inlines(caption))
  text:insert(inline_html('</figcaption>'))
  local attribute = id ~= '' and (' id="' .. escape(id) .. '"') or ''
  local out = pandoc.Blocks { html('<figure class="float-' .. kind .. '"' .. attribute .. '>') }
  if kind == 'tbl' then out:insert(pandoc.Plain(text)) end
  out:extend(body)
  if kind == 'fig' then out:insert(pandoc.Plain(text)) end
  out:insert(html('</figure>'))
  return out
end

local function float_kind(el)
  local kind = el.identifier:match('^(%a+)%-')
  if kind == 'fig' or kind == 'tbl' then return kind end
  for _, class in ipairs(el.classes) do
    kind = class:match('^float%-(%a+)$')
    if kind then return kind end
  end
end

local floats = {
  traverse = 'topdown',
  Div = function(div)
    local kind = float_kind(div)
    if not kind then return nil end
    local content = div.content:clone()
    local caption = content:remove()
    if not caption or (caption.t ~= 'Para' and caption.t ~= 'Plain') then
      problem('the last paragraph of ' .. div.identifier .. ' is not a caption')
      return nil
    end
    return float(kind, div.identifier, { caption }, content)
  end,
  Figure = function(figure)
    return float('fig', figure.identifier, figure.caption.long, figure.content)
  end,
  Table = function(tbl)
    if #tbl.caption.long == 0 then return nil end
    local id, caption = tbl.identifier, tbl.caption.long
    tbl.identifier = ''
    tbl.caption = pandoc.Caption {}
    return float('tbl', id, caption, { tbl })
  end,
}

-- Sections ---------------------------------------------------------------------

local function number_sections(blocks)
  local base = 6
  blocks:walk { Header = function(h) base = math.min(base, h.level) end }
  local path = {}
  return blocks:walk {
    traverse = 'topdown',
    Header = function(header)
      if header.classes:includes('unnumbered') then return nil end
      local depth = header.level - base + 1
      for i = 1, depth do path[i] = path[i] or 0 end
      for i = #path, depth + 1, -1 do path[i] = nil end
      path[depth] = path[depth] + 1
      local number = table.concat(path, '.')
      if header.identifier:match('^sec%-') then
        register(header.identifier, KINDS.sec .. '\u{a0}' .. number)
      end
      if not settings['number-sections'] then return nil end
      header.content:insert(1, pandoc.Space())
      header.content:insert(1, pandoc.Span(number, { class = 'header-section-number' }))
      return header
    end,
  }
end

-- References to them -------------------------------------------------------------

local function resolve(cite)
  local out, references = pandoc.Inlines {}, 0
  for i, citation in ipairs(cite.citations) do
    local id = citation.id:gsub('^%u', string.lower)
    local kind = id:match('^(%a+)%-')
    if KINDS[kind] then
      references = references + 1
      if kind == 'sec' and not settings['number-sections'] then
        problem('@' .. id .. ' refers to a section, but this page does not number its sections')
      end
      if not labels[id] then problem('unresolved reference @' .. id) end
      local text = labels[id] or id
      if #citation.prefix > 0 then
        text = stringify(citation.prefix) .. '\u{a0}' .. text:gsub('^%a+\u{a0}', '')
      elseif citation.mode == 'SuppressAuthor' then
        text = text:gsub('^%a+\u{a0}', '')
      end
      if i > 1 then out:extend { pandoc.Str(','), pandoc.Space() } end
      out:insert(pandoc.Link({ pandoc.Str(text) }, '#' .. id, '', { class = 'quarto-xref' }))
    end
  end
  if references == 0 then return nil end
  if references < #cite.citations then
    problem('a reference and a citation share one bracket: ' .. stringify(cite))
  end
  return out
end

-- Single elements ------------------------------------------------------------------

local function table_name(tbl)
  if tbl.attributes['data-name'] then return tbl.attributes['data-name'] end
  local names = pandoc.List {}
  for _, row in ipairs(tbl.head.rows) do
    for _, cell in ipairs(row.cells) do names:insert(stringify(cell.contents)) end
  end
  return 'Table: ' .. table.concat(names, ', ')
end

local elements = {
  Table = function(tbl)
    local name, columns = table_name(tbl), #tbl.colspecs
    tbl.attributes['data-name'] = nil
    local class = 'table-scroll' .. (columns > 5 and ' wide' or '')
    local region = scroll_region(class, name)
    region.style = '--columns: ' .. columns
    return pandoc.Div({ tbl }, region)
  end,

  Image = function(image)
    local alt = image.attributes['fig-alt'] or image.attributes.alt or stringify(image.caption)
    if alt == '' then problem('the image ' .. image.src .. ' has no alt text') end
    image.attributes['fig-alt'] = nil
    image.attributes.alt = nil
    image.caption = pandoc.Inlines { pandoc.Str(alt) }
    return image
  end,

  CodeBlock = function(code)
    if not code.classes:includes('cell-code') then return nil end
    local summary, fold = code.attributes.summary, code.attributes.fold
    -- A number's record leads to the cell that made it, by its execution count.
    if code.attributes.count then code.identifier = 'code-' .. code.attributes.count end
    code.attributes.summary = nil
    code.attributes.fold = nil
    code.attributes.count = nil
    if fold == nil then fold = settings['code-fold'] and 'true' or 'false' end
    if fold == 'false' then return code end
    local opening = fold == 'show' and '<details class="code-fold" open>' or '<details class="code-fold">'
    return {
      html(opening .. '<summary>' .. escape(summary) .. '</summary>'), code, html('</details>'),
    }
  end,

  Math = function(math)
    if math.mathtype ~= 'DisplayMath' then return nil end
    local attributes = scroll_region('math-scroll', 'Formula')
    attributes.role = 'group'
    return pandoc.Span({ math }, attributes)
  end,

  Span = function(span)
    if span.classes:includes('aside') then
      span.attributes.role = 'note'
      return span
    end
  end,

  Div = function(div)
    if div.classes:includes('column-margin') then
      div.attributes.role = 'note'
      return div
    end
  end,

  Link = function(link)
    local path, fragment = link.target:match('^([^#?:]+)(#?.*)$')
    if not path then return nil end
    local page = settings.pages[path:gsub('^%./', '')]
    if page then
      link.target = page .. fragment
      return link
    elseif path:match('%.qmd$') then
      problem('the link to ' .. path .. ' leads to no page of this site')
    end
  end,
}

local function add_reference_section(blocks)
  local cites = false
  blocks:walk { Cite = function() cites = true end }
  if not cites then return end
  blocks:insert(pandoc.Header(2, 'References', { id = 'references', class = 'unnumbered' }))
  blocks:insert(pandoc.Div({}, { id = 'refs' }))
end

function Pandoc(doc)
  local blocks = doc.blocks:walk { Div = function(div) return callout(div) or tabset(div) end }
  blocks = number_sections(blocks:walk(floats))
  doc.blocks = blocks:walk { Cite = resolve }:walk(elements)
  add_reference_section(doc.blocks)
  return doc
end
