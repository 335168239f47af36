(function () {
  'use strict';
  var LEFT = 10, CHAR = 6.65, NARROWEST = 0.3, SVG = 'http://www.w3.org/2000/svg', HTML = 'http://www.w3.org/1999/xhtml';
  var svg = document.currentScript ? document.currentScript.ownerSVGElement : document.documentElement;
  var isPage = svg === document.documentElement;
  var plot = svg.viewBox.baseVal.width - 2 * LEFT, details = svg.querySelector('.details'), hint = details.textContent;
  var frames = Array.prototype.map.call(svg.querySelectorAll('.frames > g'), function (group, index) {
    var rect = group.querySelector('rect'), title = group.querySelector('title').textContent;
    return {
      group: group, rect: rect, text: group.querySelector('text'), index: index, title: title, name: title.split('\n')[0],
      x: (+rect.getAttribute('x') - LEFT) / plot, w: +rect.getAttribute('width') / plot, y: +rect.getAttribute('y')
    };
  });
  var all = frames[0], zoomed = all, width = plot + 2 * LEFT;

  /* The whole name, without its module, or its beginning. */
  function fit(name, pixels) {
    var room = Math.floor((pixels - 6) / CHAR), short = name.slice(name.lastIndexOf(':') + 1);
    if (name.length <= room) return name;
    if (short.length <= room) return short;
    return room < 3 ? '' : short.slice(0, room - 1) + '\u2026';
  }

  function place(frame, x, w) {
    var hidden = w < NARROWEST;
    frame.group.style.display = hidden ? 'none' : '';
    if (hidden) return;
    frame.rect.setAttribute('x', (LEFT + x).toFixed(2));
    frame.rect.setAttribute('width', w.toFixed(2));
    var text = fit(frame.name, w);
    if (text !== '' && frame.text === null) {
      frame.text = frame.group.appendChild(document.createElementNS(SVG, 'text'));
      frame.text.setAttribute('y', frame.y + 12);
    }
    if (frame.text === null) return;
    frame.text.setAttribute('x', (LEFT + x + 3).toFixed(2));
    frame.text.textContent = text;
  }

  /* What the zoomed frame stands on takes the whole width. */
  function layout() {
    var scale = (width - 2 * LEFT) / zoomed.w, end = zoomed.x + zoomed.w, tiny = 1e-7;
    frames.forEach(function (frame) {
      var isBelow = frame.y > zoomed.y && frame.x <= zoomed.x + tiny && frame.x + frame.w >= end - tiny;
      var isInside = frame.y <= zoomed.y && frame.x >= zoomed.x - tiny && frame.x + frame.w <= end + tiny;
      frame.group.classList.toggle('above', isBelow);
      if (isBelow) place(frame, 0, width - 2 * LEFT);
      else place(frame, (frame.x - zoomed.x) * scale, isInside ? frame.w * scale : 0);
    });
    back.disabled = zoomed === all;
  }

  /* How much of everything the frames have that were found; one on top of another counts once. */
  function found(hits) {
    var end = -1, sum = 0;
    hits.sort(function (a, b) { return a.x - b.x || b.y - a.y; }).forEach(function (frame) {
      if (frame.x < end - 1e-7) return;
      sum += frame.w;
      end = frame.x + frame.w;
    });
    return (100 * sum).toFixed(2) + ' %';
  }

  function find(text) {
    var wanted, hits;
    try { wanted = new RegExp(text, 'i'); }
    catch (error) { wanted = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i'); }
    hits = frames.filter(function (frame) {
      var hit = text !== '' && frame !== all && wanted.test(frame.name);
      frame.group.classList.toggle('hit', hit);
      return hit;
    });
    share.textContent = text === '' ? '' : hits.length === 0 ? 'not found' : found(hits);
  }

  /* The address says what is looked at, so that it can be passed on. */
  function remember() {
    var parts = [];
    if (zoomed !== all) parts.push('at=' + zoomed.index);
    if (input.value !== '') parts.push('find=' + encodeURIComponent(input.value));
    if (isPage) history.replaceState(null, '', parts.length === 0 ? location.pathname + location.search : '#' + parts.join('&'));
  }

  function zoom(frame) {
    zoomed = frame;
    layout();
    remember();
  }

  function element(name, parent) { return parent.appendChild(document.createElementNS(HTML, name)); }

  var holder = svg.appendChild(document.createElementNS(SVG, 'foreignObject'));
  var bar = element('div', holder), back = element('button', bar), share = element('span', bar), input = element('input', bar);
  bar.className = 'bar';
  back.textContent = 'Reset zoom';
  input.type = 'search';
  input.placeholder = 'Find (Ctrl-F)';
  input.setAttribute('aria-label', 'Find functions');
  holder.setAttribute('y', 12);
  holder.setAttribute('width', 460);
  holder.setAttribute('height', 30);
  back.addEventListener('click', function () { zoom(all); });
  input.addEventListener('input', function () { find(input.value); remember(); });

  frames.forEach(function (frame) {
    frame.group.addEventListener('click', function () { zoom(frame === zoomed ? all : frame); });
    frame.group.addEventListener('mouseenter', function () { details.textContent = frame.title.replace(/\n/g, '   '); });
    frame.group.addEventListener('mouseleave', function () { details.textContent = hint; });
  });
  window.addEventListener('keydown', function (event) {
    var isFind = (event.ctrlKey || event.metaKey) && event.key === 'f' && document.activeElement !== input;
    if (isFind || (event.key === '/' && document.activeElement !== input)) {
      event.preventDefault();
      input.focus();
      input.select();
    } else if (event.key === 'Escape') {
      input.value = '';
      find('');
      zoom(all);
    }
  });

  /* As a page of its own the graph is as wide as the window. */
  function resize() {
    width = isPage ? Math.max(400, window.innerWidth - 1) : width;
    svg.setAttribute('width', width);
    svg.setAttribute('viewBox', '0 0 ' + width + ' ' + svg.getAttribute('height'));
    holder.setAttribute('x', width - LEFT - 460);
    layout();
  }
  new URLSearchParams(location.hash.slice(1)).forEach(function (value, key) {
    if (key === 'at' && frames[+value]) zoomed = frames[+value];
    if (key === 'find') input.value = value;
  });
  window.addEventListener('resize', resize);
  details.textContent = hint = 'Click a frame to zoom, Esc to reset; / or Ctrl-F to find.';
  resize();
  find(input.value);
})();
